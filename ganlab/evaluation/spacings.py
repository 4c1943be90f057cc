"""KL(samples || truth) of a known density on the line, from the true mass between neighbouring samples."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from ganlab.data.reference import Array, KnownDensity

Windows = NDArray[np.intp]
"""The ranks of the first and of the last sample of each window [2, n]."""

STEEP = 2.0
"""A window across which the logarithm of the true density changes by more is narrowed."""


def divergence_by_spacings(samples: Array, reference: KnownDensity) -> float:
    """KL(samples || truth) in nats: the mean over the samples of log(share of the samples / true share) around each.

    Around sample i lies the window between its m-th neighbours to either side, m = n^(1/3), or the outermost sample.
    Where the true density is steep, the end of a wide window where it is highest has nearly all of its true mass; m is
    1 there. Of true samples, the true share of a window of j spacings has a beta distribution, and its logarithm the
    mean digamma(j) - digamma(n + 1), whatever the density (Vasicek 1976; Cressie 1976). To narrow a window leaves this
    mean as it is, because the choice depends on the ends of the wide window alone. It takes the place of the logarithm
    of the samples' share, so that true samples score 0 on average, at any n, with a standard deviation of 0.005 to
    0.007 at n = 1,000 and of 0.001 to 0.002 at 10,000.

    What happens inside a window is invisible, so other values come out low, by little at n = 10,000: 10.37 for the
    10.39 of N(0, 5) against N(0, 1), and up to 4% less where a hundred stray samples lie in the gap between two modes.
    Of what ten strays cost, a quarter to a half is missed.

    The divergence is infinite, and so is the value, where the density is 0 at a sample, or where all samples of a wide
    window coincide: an atom, such as that of a generator that gives a single number.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    count = samples.size
    log_density = reference.log_pdf(samples)
    wide, narrow = _windows(count, round(count ** (1 / 3))), _windows(count, 1)
    if np.isneginf(log_density).any() or _coincide(samples, wide).any():
        return math.inf
    narrowed = _steep(samples, log_density, wide, reference) & ~_coincide(samples, narrow)
    windows = np.where(narrowed, narrow, wide)
    expected = digamma(windows[1] - windows[0]) - digamma(count + 1)
    return float((expected - _log_mass(samples, log_density, windows, reference)).mean())


@lru_cache(maxsize=8)
def _windows(count: int, reach: int) -> Windows:
    """Around each of `count` samples the window of `reach` ranks to either side."""
    ranks = np.arange(count)
    return np.stack([np.maximum(ranks - reach, 0), np.minimum(ranks + reach, count - 1)])


def _coincide(samples: Array, windows: Windows) -> NDArray[np.bool_]:
    low, high = samples[windows]
    return np.asarray(low == high)


def _steep(samples: Array, log_density: Array, windows: Windows, reference: KnownDensity) -> NDArray[np.bool_]:
    """Whether the true density differs much between both ends and the middle of each window."""
    middles = reference.log_pdf(samples[windows].mean(axis=0))
    return np.asarray(np.ptp([*log_density[windows], middles], axis=0) > STEEP)


def _log_mass(samples: Array, log_density: Array, windows: Windows, reference: KnownDensity) -> Array:
    """The logarithm of the true share of each window [n].

    Where float64 cannot hold the share, that of the exponential function through the density at both ends.
    """
    low, high = samples[windows]
    mass = reference.mass(low, high)
    tiny = mass < 1e-290
    logarithm: Array = np.log(np.where(tiny, 1.0, mass))
    ends = log_density[windows[:, tiny]]
    fall = np.maximum(np.ptp(ends, axis=0), 1e-12)
    logarithm[tiny] = np.log(high - low)[tiny] + ends.max(axis=0) + np.log(-np.expm1(-fall) / fall)
    return logarithm
