"""Means over pairs of samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import pdist

from ganlab.data.reference import Array

BLOCK = 200


def sum_of_differences(values: Array) -> float:
    """The sum of |x - x'| over all ordered pairs of the sorted `values` [n]."""
    ranks = np.arange(values.size)
    return float(2 * ((2 * ranks - (values.size - 1)) @ values))


def ordered_pairs(count: int) -> int:
    """How many ordered pairs of different ones there are of `count`; 1 where there is none, to divide by."""
    return max(count * (count - 1), 1)


def mean_over_pairs(points: Array, function: Callable[[Array], Array]) -> float:
    """The mean of `function` of the distance between two of `points` [n, 2]; 0 without a pair.

    Over pairs within blocks of 200 points in their order, which takes a time that grows with n and not with its square.
    For independent points it has no bias.
    """
    distances = [pdist(points[start : start + BLOCK]) for start in range(0, len(points), BLOCK)]
    return float(sum(function(some).sum() for some in distances) / max(sum(some.size for some in distances), 1))
