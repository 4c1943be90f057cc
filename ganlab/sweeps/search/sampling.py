"""Points of the unit cube: a function of the sweep's name and of the space, whose first ones are always the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ganlab.sweeps.search.candidate import Candidate
from ganlab.sweeps.search.space import Dimension


def seed_of(sweep: str, dimensions: Sequence[Dimension]) -> int:
    """A seed below 2^32 for the trials of rows of `sweep` that have these `dimensions`, which have the same trials."""
    return int.from_bytes(hashlib.sha256(repr((sweep, tuple(dimensions))).encode()).digest()[:4], "big")


def sampled(method: str, count: int, dimensions: Sequence[Dimension], seed: int) -> list[Candidate]:
    """The first `count` trials by the `method` random or sobol; with a larger count, they begin alike."""
    points = (_random if method == "random" else _sobol)(count, len(dimensions), seed)
    return [
        Candidate(
            number=number,
            settings={one.name: one.at(float(share)) for one, share in zip(dimensions, point, strict=True)},
        )
        for number, point in enumerate(points)
    ]


def _random(count: int, axes: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random((count, axes))


def _sobol(count: int, axes: int, seed: int) -> NDArray[np.float64]:
    """The first points of a Sobol sequence with Owen's scrambling, drawn up to a power of 2, where it is balanced."""
    points: NDArray[np.float64] = qmc.Sobol(axes, scramble=True, rng=np.random.default_rng(seed)).random_base2(
        (count - 1).bit_length()
    )
    return points[:count]
