"""Which modes of a mixture the samples cover, and how well."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import rel_entr

from ganlab.data.empirical import share
from ganlab.data.reference import Array, KnownDensity, Mode, PlaneMixture
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted

RADIUS = 3
FAIR_SHARE = 0.2


def mode_coverage(samples: Array, reference: Any) -> dict[str, float]:
    """How many modes are covered, how many samples are near one, and how the samples spread over them.

    A mode is a component of the mixture; components of equal mean are one, as wide as the widest of them. A sample
    belongs to the mode with the nearest mean, and is near it when within 3 of its standard deviations. What the samples
    have of a mode is held against what the truth has there.

    - `modes_covered`: modes near which the share of the samples is at least 20 % of the truth's.
    - `high_quality`: share of the samples that are near any mode, be it theirs or a wider one. A perfect generator has
      1 - exp(-9/2) = 0.9889 in the plane; on the line 0.9973 if the modes lie apart, and more if they overlap.
    - `mode_kl`: KL(samples || truth) in nats, over the shares that belong to each mode.
    - `modes_any`: modes with a near sample, the usual rule, by which uniform noise covers nearly every mode.
    - `mode_kl_near`: KL(samples || truth) in nats, over the shares that are near each mode; samples that are near none
      are left out, and where none is near one, it is infinite.

    `high_quality` and `modes_any` are VEEGAN's (arXiv:1705.07761), `mode_kl_near` is PacGAN's (arXiv:1712.04086).

    Args:
        samples: [n] on the line, sorted ascending; [n, 2] in the plane.
        reference: a density with modes.

    Raises:
        ValueError: the reference has no modes.
    """
    if not reference.mode_count:
        raise ValueError("the reference has no modes; mode coverage needs a mixture of normals")
    if not reference.on_the_line:
        found, truth = _in_the_plane(samples, reference), _truth_in_the_plane(reference)
    else:
        require_sorted(samples)
        modes = distinct_modes(reference)
        found, truth = _on_the_line(lambda points: share(samples, points), modes), _on_the_line(reference.cdf, modes)
    return {
        "modes_covered": float(np.count_nonzero(found.near >= FAIR_SHARE * truth.near)),
        "high_quality": found.high_quality,
        "mode_kl": float(rel_entr(found.belonging, truth.belonging).sum()),
        "modes_any": float(np.count_nonzero(found.near)),
        "mode_kl_near": _divergence(found.near, truth.near),
    }


def distinct_modes(reference: KnownDensity) -> list[Mode]:
    """The modes in ascending order, those of equal mean as one, as wide as the widest of them."""
    by_mean = groupby(sorted(reference.modes, key=lambda mode: mode.mean), key=lambda mode: mode.mean)
    return [_united(mean, list(modes)) for mean, modes in by_mean]


def _united(mean: float, modes: list[Mode]) -> Mode:
    return Mode(weight=sum(mode.weight for mode in modes), mean=mean, std=max(mode.std for mode in modes))


@dataclass(frozen=True)
class _Shares:
    """How a distribution spreads over K modes.

    Attributes:
        belonging: the share that belongs to each mode [K].
        near: the share that belongs to each mode and is near it [K].
        high_quality: the share that is near any mode.
    """

    belonging: Array
    near: Array
    high_quality: float


def _on_the_line(cdf: Callable[[Array], Array], modes: list[Mode]) -> _Shares:
    """The shares of the distribution function `cdf` over `modes`, which ascend by their means."""
    means = np.array([mode.mean for mode in modes])
    reach = RADIUS * np.array([mode.std for mode in modes])
    borders = (means[:-1] + means[1:]) / 2
    low = np.maximum(means - reach, np.concatenate([[-np.inf], borders]))
    high = np.minimum(means + reach, np.concatenate([borders, [np.inf]]))
    return _Shares(
        belonging=np.diff(cdf(borders), prepend=0, append=1),
        near=cdf(high) - cdf(low),
        high_quality=_share_of_union(cdf, means - reach, means + reach),
    )


def _share_of_union(cdf: Callable[[Array], Array], low: Array, high: Array) -> float:
    """The share within at least one of the intervals from `low` to `high` [K]."""
    order = np.argsort(low)
    low, reached = low[order], np.maximum.accumulate(high[order])
    apart = low[1:] > reached[:-1]
    starts, ends = low[np.append(True, apart)], reached[np.append(apart, True)]
    return float((cdf(ends) - cdf(starts)).sum())


def _in_the_plane(points: Array, reference: PlaneMixture) -> _Shares:
    """The shares of `points` [n, 2] over the modes."""
    distances = cdist(points, reference.centres)
    nearest = distances.argmin(axis=1)
    near = distances.min(axis=1) <= RADIUS * reference.std
    counts = [np.bincount(some, minlength=len(reference.centres)) for some in (nearest, nearest[near])]
    return _Shares(counts[0] / len(points), counts[1] / len(points), float(near.mean()))


def _truth_in_the_plane(reference: PlaneMixture) -> _Shares:
    equal = np.full(len(reference.centres), 1 / len(reference.centres))
    high_quality = -math.expm1(-(RADIUS**2) / 2)
    return _Shares(equal, high_quality * equal, high_quality)


def _divergence(found: Array, truth: Array) -> float:
    """KL(found || truth) of parts [K] of two wholes, each divided by their sum; infinite where nothing was found."""
    if not found.any():
        return math.inf
    return float(rel_entr(found / found.sum(), truth / truth.sum()).sum())


register(
    Evaluator(
        name="mode-coverage",
        summary="modes of a mixture that are covered, samples near a mode, and the divergence over modes",
        paper="arXiv:1712.04086",
        metrics=(
            Metric(
                name="modes_covered",
                better="higher",
                estimator="modes with at least 20 % of their fair share within 3 standard deviations",
            ),
            Metric(
                name="high_quality",
                better="higher",
                estimator="share of samples within 3 standard deviations of a mode",
            ),
            Metric(
                name="mode_kl",
                better="lower",
                estimator="KL(samples || truth) over the shares that belong to each mode, nats, of all samples",
            ),
            Metric(
                name="modes_any",
                better="higher",
                estimator="modes that at least one sample within 3 standard deviations is nearest to, as in VEEGAN and "
                "PacGAN; noise covers most modes by this rule",
            ),
            Metric(
                name="mode_kl_near",
                better="lower",
                estimator="KL(samples || truth) over modes, nats, as in PacGAN of those samples alone that are within "
                "3 standard deviations of the nearest mode; inf without any",
            ),
        ),
        function=of_samples(mode_coverage),
    )
)
