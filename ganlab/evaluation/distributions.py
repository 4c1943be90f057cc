"""Distribution functions and quantiles, alike for a known density and for sorted values."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from ganlab.data.reference import Array, HeldOut, KnownDensity, Line


def share(values: Array, points: ArrayLike, *, strictly: bool = False) -> Array:
    """The share of the sorted `values` [n] that is <= each of `points` [k], or < when `strictly`."""
    ranks = np.searchsorted(values, points, side="left" if strictly else "right")
    return np.asarray(ranks / values.size)


def cumulative(reference: Line, points: Array, *, strictly: bool = False) -> Array:
    """The share of the reference that is <= each of `points` [k], or < when `strictly`."""
    if isinstance(reference, HeldOut):
        return share(reference.values, points, strictly=strictly)
    return reference.cdf(points)


def midpoints(values: Array, points: Array) -> Array:
    """Half-way from each of `points` [k], which are among the sorted `values`, to the next larger one; inf without one.

    As a border there, a point is clear of the values themselves, which may be atoms.
    """
    after = np.append(values, np.inf)[np.searchsorted(values, points, side="right")]
    middle: Array = (points + after) / 2
    return middle


def quantiles(reference: Line, first: float, last: float, count: int) -> Array:
    """The reference's quantiles [count] at evenly spaced levels from `first` to `last`, both in (0, 1).

    A quantile of held-out values is one of them: the smallest that as large a share as the level is <= to.
    """
    if isinstance(reference, KnownDensity):
        return _known_quantiles(reference, first, last, count)
    ranks = np.linspace(first, last, count) * reference.values.size
    rounding = 1e-9
    values: Array = reference.values[np.ceil(ranks - rounding).astype(int) - 1]
    return values


@lru_cache(maxsize=32)
def _known_quantiles(reference: KnownDensity, first: float, last: float, count: int) -> Array:
    """Kept, because some densities find their quantiles by a slow search."""
    values = reference.quantile(np.linspace(first, last, count))
    values.flags.writeable = False
    return values
