"""Toy mixtures in the plane: a ring and a grid of round normal modes."""

from __future__ import annotations

from typing import Annotated

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ganlab.data.base import Data, DataSource, register
from ganlab.data.densities import Positive
from ganlab.data.reference import Array, PlaneMixture
from ganlab.data.training_set import KnownDistributionOptions, training_draw


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


class PlaneData(Data):
    """Independent draws from a mixture in the plane, or from a fixed set of these; networks see them as they are."""

    sample_shape = (2,)
    reference: PlaneMixture

    def __init__(self, reference: PlaneMixture, training_samples: int | None) -> None:
        self.reference = reference
        centres = torch.tensor(reference.centres, dtype=torch.float32)

        def draw(generator: torch.Generator, count: int) -> Tensor:
            component = torch.randint(len(centres), (count,), generator=generator)
            noise = torch.empty(count, 2, dtype=torch.float32).normal_(0, reference.std, generator=generator)
            return centres[component] + noise

        self.fingerprint = {}
        self._draw = training_draw(draw, training_samples)

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        return self._draw(generator, count)


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


def ring(options: RingOptions) -> PlaneData:
    """Modes on a circle."""
    mixture = PlaneMixture(centres=ring_centres(options.modes, options.radius), std=options.std)
    return PlaneData(mixture, options.training_samples)


def grid(options: GridOptions) -> PlaneData:
    """Modes on a square grid."""
    mixture = PlaneMixture(centres=grid_centres(options.side, options.spacing), std=options.std)
    return PlaneData(mixture, options.training_samples)


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
