"""Shares, quantiles and moments of sorted values."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

ROUNDING = 1e-9
"""Of ranks that would be integers."""


def share(values: Array, points: ArrayLike, *, strictly: bool = False) -> Array:
    """The share of the sorted `values` [n] that is <= each of `points` [k], or < when `strictly`."""
    ranks = np.searchsorted(values, points, side="left" if strictly else "right")
    return np.asarray(ranks / values.size)


def midpoints(values: Array, points: Array) -> Array:
    """Half-way from each of `points` [k], which are among the sorted `values`, to the next larger one; inf without one.

    As a border there, a point is clear of the values themselves, which may be atoms.
    """
    after = np.append(values, np.inf)[np.searchsorted(values, points, side="right")]
    middle: Array = (points + after) / 2
    return middle


def quantiles_of(values: Array, first: float, last: float, count: int) -> Array:
    """The quantiles [count] of the sorted `values` at evenly spaced levels from `first` to `last`, both in (0, 1).

    Each is one of the values: the smallest that as large a share as the level is <= to.
    """
    ranks = np.linspace(first, last, count) * values.size
    chosen: Array = values[np.ceil(ranks - ROUNDING).astype(int) - 1]
    return chosen


def moments_of(values: Array) -> tuple[float, float, float, float]:
    """Mean, standard deviation, skewness, excess kurtosis of sorted `values` [n]; no bias correction.

    Constant values have neither skewness nor kurtosis: these are infinite.
    """
    if values[0] == values[-1]:
        return float(values[0]), 0.0, math.inf, math.inf
    mean = values.mean()
    centred = values - mean
    std = math.sqrt(np.square(centred).mean())
    standard = centred / std
    cubes = standard * standard * standard
    return float(mean), std, float(cubes.mean()), float((cubes * standard).mean() - 3)
