"""What true samples score on average, computed from the laws of order statistics and of counts instead of drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy import stats

from ganlab.data.reference import Array

LARGEST_LOGIT = 34.5
"""Levels of quantiles reach from 1e-15 to 1 - 1e-15."""


class Invertible(Protocol):
    """A distribution that is known by its distribution function and its quantiles."""

    def cdf(self, x: Array, /) -> Array: ...

    def quantile(self, p: Array, /) -> Array: ...


def mean_gap(count: int, share: Array, level: Array) -> Array:
    """The mean of |N - level|, with N binomial: how many of `count` true samples are in a `share` of the truth."""
    below = np.floor(level)
    mean = count * share
    lacking = level * stats.binom.cdf(below, count, share) - mean * stats.binom.cdf(below - 1, count - 1, share)
    gap: Array = mean - level + 2 * lacking
    return gap


def mean_over_counts(function: Callable[[Array], Array], count: int, share: float) -> float:
    """The mean of `function` of N / count, with N binomial as above."""
    numbers = np.arange(count + 1)
    return float(stats.binom.pmf(numbers, count, share) @ function(numbers / count))


def w1_of_true_samples(truth: Invertible, count: int, points: int = 2_000) -> float:
    """The mean over sets of `count` true samples of mean_i |x_(i) - F^-1((i - 1/2) / n)|.

    Where c of the n quantiles are below x and N of the samples are, |N - c| of the pairs have x between them. So it is
    the integral of E|N - c| / n over x, at any n; for a large n, of sqrt(2 F (1 - F) / (pi n)): 1.288 / sqrt(n) on
    N(0, 1). Here the integral is a sum over `points` intervals, between levels that are evenly spaced by their logits.
    """
    levels = 1 / (1 + np.exp(-np.linspace(-LARGEST_LOGIT, LARGEST_LOGIT, points + 1)))
    edges = truth.quantile(levels)
    shares = truth.cdf((edges[1:] + edges[:-1]) / 2)
    gaps = mean_gap(count, shares, np.floor(count * shares + 0.5))
    return float(gaps @ np.diff(edges)) / count


def w1_of_training_values(training: Array, held_out: Array, count: int) -> float:
    """The mean W1 between `count` draws from the training values and the held-out values: no curve, only steps."""
    edges = np.union1d(training, held_out)
    share, level = (
        np.searchsorted(values, edges[:-1], side="right") / values.size
        for values in (np.sort(training), np.sort(held_out))
    )
    return float(mean_gap(count, share, count * level) @ np.diff(edges)) / count
