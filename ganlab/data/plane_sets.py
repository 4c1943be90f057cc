"""Toy distributions in the plane that can be drawn from: spiral, two moons, checkerboard, pinwheel, Swiss roll."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
import torch
from pydantic import Field, FiniteFloat
from torch import Tensor

from ganlab.data.base import DataSource, register
from ganlab.data.columns import Columns
from ganlab.data.densities import Positive
from ganlab.data.draws import Draws, with_component
from ganlab.data.empirical import Array
from ganlab.data.training_set import Draw, KnownDistributionOptions
from ganlab.data.vectors import SampledSet

TRUE_POINTS = 10_000
"""True points that generated ones are compared with."""

NotNegative = Annotated[FiniteFloat, Field(ge=0)]
Arms = Annotated[int, Field(ge=1, le=100)]


class SpiralOptions(KnownDistributionOptions):
    """`arms` that turn `turns` times around the origin out to `radius`, blurred by `std`."""

    arms: Arms = 2
    turns: Positive = 1.5
    radius: Positive = 3.0
    std: NotNegative = 0.1


class TwoMoonsOptions(KnownDistributionOptions):
    """Two half circles of radius 1 that reach into each other, blurred by `std`."""

    std: NotNegative = 0.1


class CheckerboardOptions(KnownDistributionOptions):
    """A board of `side` x `side` squares of edge `square` around the origin, of which every other one is filled."""

    side: Annotated[int, Field(ge=2, le=100)] = 4
    square: Positive = 2.0


class PinwheelOptions(KnownDistributionOptions):
    """`arms` at distance 1, of these spreads along and across, bent by `rate` and scaled by `scale`."""

    arms: Arms = 5
    radial_std: Positive = 0.3
    tangential_std: Positive = 0.1
    rate: FiniteFloat = 0.25
    scale: Positive = 2.0


class SwissRollOptions(KnownDistributionOptions):
    """A spiral from 1.5 pi to 4.5 pi, as far from the origin as its angle times `scale`, blurred by `std`."""

    scale: Positive = 0.2
    std: NotNegative = 0.2


def spiral(options: SpiralOptions) -> Draws:
    """Arms of Archimedes' spiral, evenly filled: the angle is the root of a uniform variable."""
    end = 2 * math.pi * options.turns

    def draw(generator: torch.Generator, count: int) -> Tensor:
        arm = torch.randint(options.arms, (count,), generator=generator)
        share = _uniform(generator, count).sqrt()
        angle = share * end + arm * (2 * math.pi / options.arms)
        points = options.radius * share[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
        return with_component(points + _noise(generator, count, options.std), arm)

    return _draws(draw, options, options.arms)


def two_moons(options: TwoMoonsOptions) -> Draws:
    """scikit-learn's `make_moons`: the upper half of a circle, and the lower half of one moved by (1, 1/2)."""

    def draw(generator: torch.Generator, count: int) -> Tensor:
        moon = torch.randint(2, (count,), generator=generator)
        angle = _uniform(generator, count) * math.pi
        sign = 1.0 - 2.0 * moon
        points = torch.stack([moon + sign * angle.cos(), moon / 2 + sign * angle.sin()], dim=1)
        return with_component(points + _noise(generator, count, options.std), moon)

    return _draws(draw, options, 2)


def checkerboard(options: CheckerboardOptions) -> Draws:
    """The squares of one colour, uniformly filled; that at the lower left is one of them."""
    side = options.side
    squares = torch.tensor([(x, y) for x in range(side) for y in range(side) if (x + y) % 2 == 0], dtype=torch.float32)

    def draw(generator: torch.Generator, count: int) -> Tensor:
        chosen = squares[torch.randint(len(squares), (count,), generator=generator)]
        inside = torch.empty(count, 2, dtype=torch.float32).uniform_(generator=generator)
        return (chosen + inside - side / 2) * options.square

    return _draws(draw, options)


def pinwheel(options: PinwheelOptions) -> Draws:
    """Normal arms around the origin, turned the further the further out (Johnson et al. 2016, arXiv:1603.06277)."""

    def draw(generator: torch.Generator, count: int) -> Tensor:
        arm = torch.randint(options.arms, (count,), generator=generator)
        normal = torch.empty(count, 2, dtype=torch.float32).normal_(generator=generator)
        along, across = 1 + options.radial_std * normal[:, 0], options.tangential_std * normal[:, 1]
        angle = arm * (2 * math.pi / options.arms) + options.rate * along.exp()
        cos, sin = angle.cos(), angle.sin()
        points = torch.stack([along * cos + across * sin, across * cos - along * sin], dim=1)
        return with_component(options.scale * points, arm)

    return _draws(draw, options, options.arms)


def swiss_roll(options: SwissRollOptions) -> Draws:
    """The first and the last coordinate of scikit-learn's `make_swiss_roll`, scaled."""

    def draw(generator: torch.Generator, count: int) -> Tensor:
        angle = 1.5 * math.pi * (1 + 2 * _uniform(generator, count))
        points = options.scale * angle[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
        return points + _noise(generator, count, options.std)

    return _draws(draw, options)


def _uniform(generator: torch.Generator, count: int) -> Tensor:
    return torch.empty(count, dtype=torch.float32).uniform_(generator=generator)


def _noise(generator: torch.Generator, count: int, std: float) -> Tensor:
    return torch.empty(count, 2, dtype=torch.float32).normal_(generator=generator) * std


def _draws(draw: Draw, options: KnownDistributionOptions, components: int = 1) -> Draws:
    """The data that `draw` gives; several `components` are equally frequent, and its last column."""

    def true_points(rng: np.random.Generator, count: int) -> Array:
        generator = torch.Generator().manual_seed(int(rng.integers(2**63)))
        points: Array = draw(generator, count)[:, :2].double().numpy()
        return points

    fixed = np.random.default_rng(0)
    reference = SampledSet(
        training=true_points(fixed, TRUE_POINTS),
        held_out=true_points(fixed, TRUE_POINTS),
        columns=Columns(names=("x", "y"), means=(0.0, 0.0), stds=(1.0, 1.0)),
        name=f"{TRUE_POINTS:,} true points",
        draw=true_points,
    )
    shares = (1 / components,) * components if components > 1 else ()
    return Draws(reference, draw, options.training_samples, shares)


for source in (
    DataSource(name="spiral", summary="spiral arms in the plane", options=SpiralOptions, load=spiral),
    DataSource(
        name="two-moons", summary="two half circles that reach into each other", options=TwoMoonsOptions, load=two_moons
    ),
    DataSource(
        name="checkerboard",
        summary="every other square of a board in the plane",
        options=CheckerboardOptions,
        load=checkerboard,
    ),
    DataSource(
        name="pinwheel",
        summary="bent normal arms around the origin",
        paper="arXiv:1603.06277",
        options=PinwheelOptions,
        load=pinwheel,
    ),
    DataSource(name="swiss-roll", summary="a rolled-up band in the plane", options=SwissRollOptions, load=swiss_roll),
):
    register(source)
