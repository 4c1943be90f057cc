"""Toy mixtures in the plane: a ring and a grid of round normal modes."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ganlab.data.base import DataSource, register
from ganlab.data.densities import Positive
from ganlab.data.draws import Draws, with_component
from ganlab.data.reference import Array, PlaneMixture
from ganlab.data.training_set import KnownDistributionOptions


class RingOptions(KnownDistributionOptions):
    """The defaults are VEEGAN's and PacGAN's ring (arXiv:1705.07761, arXiv:1712.04086)."""

    modes: Annotated[int, Field(ge=2)] = 8
    radius: Positive = 1.0
    std: Positive = 0.01


class GridOptions(KnownDistributionOptions):
    """`side` x `side` modes around the origin; the defaults are VEEGAN's and PacGAN's grid."""

    side: Annotated[int, Field(ge=2)] = 5
    spacing: Positive = 2.0
    std: Positive = 0.05


def ring_centres(modes: int, radius: float) -> Array:
    """`modes` different centres [modes, 2], evenly spaced on a circle.

    The circle's last point is its first; a ring that counts it twice has one mode less than it says.
    """
    angles = np.linspace(0, 2 * np.pi, modes, endpoint=False)
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid_centres(side: int, spacing: float) -> Array:
    """The centres [side^2, 2] of a square grid around the origin."""
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


def _mixture(centres: Array, std: float, training_samples: int | None) -> Draws:
    """Draws from round normal modes of equal weight, each with the number of its mode."""
    places = torch.tensor(centres, dtype=torch.float32)

    def draw(generator: torch.Generator, count: int) -> Tensor:
        component = torch.randint(len(places), (count,), generator=generator)
        noise = torch.empty(count, 2, dtype=torch.float32).normal_(0, std, generator=generator)
        return with_component(places[component] + noise, component)

    shares = (1 / len(places),) * len(places)
    return Draws(PlaneMixture(centres=centres, std=std), draw, training_samples, shares)


def ring(options: RingOptions) -> Draws:
    """Modes on a circle."""
    return _mixture(ring_centres(options.modes, options.radius), options.std, options.training_samples)


def grid(options: GridOptions) -> Draws:
    """Modes on a square grid."""
    return _mixture(grid_centres(options.side, options.spacing), options.std, options.training_samples)


register(
    DataSource(
        name="ring",
        summary="normal modes on a circle in the plane, given by modes, radius and std",
        paper="arXiv:1705.07761",
        options=RingOptions,
        load=ring,
    )
)
register(
    DataSource(
        name="grid",
        summary="normal modes on a square grid in the plane, given by side, spacing and std",
        paper="arXiv:1705.07761",
        options=GridOptions,
        load=grid,
    )
)
