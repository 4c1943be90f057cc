"""Which modes of a mixture the samples cover, and how well."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import rel_entr

from ganlab.data.reference import Array, KnownDensity, Mode, PlaneMixture
from ganlab.evaluation.base import Evaluator, Metric, register, require_sorted
from ganlab.evaluation.distributions import share

RADIUS = 3
FAIR_SHARE = 0.2


def mode_coverage(samples: Array, reference: KnownDensity | PlaneMixture) -> dict[str, float]:
    """How many modes are covered, how many samples are near one, and how the samples spread over them.

    A sample belongs to the mode with the nearest mean, and is near it when within 3 of its standard
    deviations. What the samples have of a mode is held against what the truth has there.

    - `modes_covered`: modes near which the share of the samples is at least 20 % of the truth's. The usual
      rule, one near sample, lets uniform noise cover nearly every mode.
    - `high_quality`: share of the samples that are near their mode. A perfect generator has about 0.9973 on
      the line, and 1 - exp(-9/2) = 0.9889 in the plane.
    - `mode_kl`: KL(samples || truth) in nats, over the shares that belong to each mode.

    Near samples and their share are VEEGAN's protocol (arXiv:1705.07761), the divergence over modes is
    PacGAN's (arXiv:1712.04086).

    Args:
        samples: [n] on the line, sorted ascending; [n, 2] in the plane.
        reference: a density with modes.

    Raises:
        ValueError: the reference has no modes.
    """
    if not _has_modes(reference):
        raise ValueError("the reference has no modes; mode coverage needs a mixture of normals")
    if isinstance(reference, PlaneMixture):
        belonging, near = _shares_in_the_plane(samples, reference)
        true_belonging = np.full(len(reference.centres), 1 / len(reference.centres))
        true_near = true_belonging * -math.expm1(-(RADIUS**2) / 2)
    else:
        require_sorted(samples)
        modes = sorted(reference.modes, key=lambda mode: mode.mean)
        true_belonging, true_near = _shares(reference.cdf, modes)
        belonging, near = _shares(lambda points: share(samples, points), modes)
    return {
        "modes_covered": float(np.count_nonzero(near >= FAIR_SHARE * true_near)),
        "high_quality": float(near.sum()),
        "mode_kl": float(rel_entr(belonging, true_belonging).sum()),
    }


def _has_modes(reference: Any) -> bool:
    return isinstance(reference, PlaneMixture) or (isinstance(reference, KnownDensity) and bool(reference.modes))


def _shares(cdf: Callable[[Array], Array], modes: list[Mode]) -> tuple[Array, Array]:
    """The share that belongs to each of `modes`, sorted by mean, and the share that is near it; both [K]."""
    means = np.array([mode.mean for mode in modes])
    reach = RADIUS * np.array([mode.std for mode in modes])
    borders = (means[:-1] + means[1:]) / 2
    low = np.maximum(means - reach, np.concatenate([[-np.inf], borders]))
    high = np.minimum(means + reach, np.concatenate([borders, [np.inf]]))
    return np.diff(cdf(borders), prepend=0, append=1), cdf(high) - cdf(low)


def _shares_in_the_plane(points: Array, reference: PlaneMixture) -> tuple[Array, Array]:
    """The share of `points` [n, 2] that belongs to each mode, and the share that is near it; both [K]."""
    distances = cdist(points, reference.centres)
    nearest = distances.argmin(axis=1)
    near = distances.min(axis=1) <= RADIUS * reference.std
    count = len(reference.centres)
    return np.bincount(nearest, minlength=count) / len(points), np.bincount(nearest[near], minlength=count) / len(
        points
    )


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
                estimator="share of samples within 3 standard deviations of the nearest mode",
            ),
            Metric(
                name="mode_kl",
                better="lower",
                estimator="KL(samples || truth) over the shares that belong to each mode, nats",
            ),
        ),
        function=mode_coverage,
        applies=_has_modes,
    )
)
