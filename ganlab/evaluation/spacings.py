"""KL(samples || truth) of a known density on the line, from the true mass between neighbouring samples."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from ganlab.data.reference import Array, KnownDensity

Ranks = NDArray[np.intp]


def divergence_by_spacings(samples: Array, reference: KnownDensity) -> float:
    """KL(samples || truth) in nats: the mean over the samples of log(share of the samples / true share) around each.

    Around sample i lies the window between its m-th neighbours to either side, m = n^(1/3), or the outermost sample.
    Of true samples, the true share of a window of j spacings has a beta distribution, and its logarithm the mean
    digamma(j) - digamma(n + 1), whatever the density (Vasicek 1976; Cressie 1976). This takes the place of the
    logarithm of the samples' share, so that true samples score 0 on average, at any n, with a standard deviation of
    0.005 at n = 1,000 and 0.001 at 10,000. What happens inside a window is invisible, so a large divergence comes out
    a little low.

    The divergence is infinite, and so is the value, where a sample lies outside the support, or where all samples of a
    window coincide: an atom, such as that of a generator that gives a single number.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    if samples[0] == samples[-1]:
        return math.inf
    below, above = reference.log_cdf(samples), reference.log_sf(samples)
    outside = samples[np.isneginf(below) | np.isneginf(above)]
    if (reference.pdf(outside) == 0).any():
        return math.inf
    low, high, expected = _windows(samples.size)
    return expected - float(_log_mass(below, above, low, high).mean())


@lru_cache(maxsize=8)
def _windows(count: int) -> tuple[Ranks, Ranks, float]:
    """The first and the last rank in the window around each, and the mean logarithm of true samples' true shares."""
    ranks = np.arange(count)
    reach = round(count ** (1 / 3))
    low, high = np.maximum(ranks - reach, 0), np.minimum(ranks + reach, count - 1)
    return low, high, float((digamma(high - low) - digamma(count + 1)).mean())


def _log_mass(below: Array, above: Array, low: Ranks, high: Ranks) -> Array:
    """The logarithm of the true share between two samples [n], from the nearer tail, so that it keeps its digits.

    Args:
        below: the logarithm of the true share below each sample [n].
        above: that above each sample [n].
        low: the index of the smaller sample [n].
        high: the index of the larger one [n].
    """
    in_upper_half = below[low] > -math.log(2)
    larger = np.where(in_upper_half, above[low], below[high])
    smaller = np.where(in_upper_half, above[high], below[low])
    apart = larger > smaller
    mass = np.full(low.size, -np.inf)
    mass[apart] = larger[apart] + np.log(-np.expm1(smaller[apart] - larger[apart]))
    return mass
