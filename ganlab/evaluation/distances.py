"""Distances between the samples' distribution and the true one: Wasserstein and Kolmogorov-Smirnov."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import mean

import numpy as np
from scipy import stats

from ganlab.data.mixture import NormalMixture
from ganlab.data.reference import Array, HeldOut, KnownDensity, Line, PlaneMixture
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted
from ganlab.evaluation.closed_forms import w1_of_training_values, w1_of_true_samples
from ganlab.evaluation.distributions import quantiles, share

DIRECTIONS = 32


def wasserstein_distance(samples: Array, reference: Line) -> dict[str, float]:
    """The Wasserstein-1 distance, in the data's units: the area between the two distribution functions.

    Against a known density, mean_i |x_(i) - F^-1((i - 1/2) / n)|: the integral over levels of
    |F_n^-1 - F^-1| by the midpoint rule. The rule looks no further out than the 1 / 2n quantiles, so heavy
    tails make it low: at n = 1,000 by 0.0003 for N(0, 1), and by 0.005 for Student's t with 3 degrees of
    freedom. Against held-out values, the exact distance between the two empirical distributions.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    require_sorted(samples)
    if isinstance(reference, HeldOut):
        return {"w1": float(stats.wasserstein_distance(samples, reference.values))}
    count = samples.size
    truth = quantiles(reference, 0.5 / count, 1 - 0.5 / count, count)
    return {"w1": float(np.abs(samples - truth).mean())}


def wasserstein_floor(reference: Line, count: int) -> dict[str, float]:
    """The mean distance of true samples; not where the variance is infinite and the mean slow to converge."""
    if isinstance(reference, HeldOut):
        return {"w1": w1_of_training_values(reference, count)}
    return {"w1": w1_of_true_samples(reference, count)} if math.isfinite(reference.std) else {}


def kolmogorov_smirnov(samples: Array, reference: Line) -> dict[str, float]:
    """The largest absolute difference of the two distribution functions, exactly.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    require_sorted(samples)
    if isinstance(reference, HeldOut):
        points = np.concatenate([samples, reference.values])
        gaps = np.abs(share(samples, points) - share(reference.values, points))
        return {"ks": float(gaps.max())}
    steps = np.arange(samples.size + 1) / samples.size
    truth = reference.cdf(samples)
    return {"ks": float(max((steps[1:] - truth).max(), (truth - steps[:-1]).max()))}


def kolmogorov_smirnov_floor(reference: Line, count: int) -> dict[str, float]:
    """The mean of Kolmogorov's distribution, less the first term of its error: right to 1 in 1,000 from n = 100 on."""
    if isinstance(reference, HeldOut):
        return {}
    return {"ks": math.sqrt(math.pi / 2 / count) * math.log(2) - 1 / (6 * count)}


def sliced_wasserstein(samples: Array, reference: PlaneMixture) -> dict[str, float]:
    """The Wasserstein-1 distance of the projections onto a line, averaged over 32 evenly spaced directions.

    Each projection is compared with the exact quantiles of the projected mixture, as `wasserstein_distance` does
    on the line (arXiv:1902.00434). It hardly sees the modes' own widths: those are `mode_coverage`'s.

    Args:
        samples: [n, 2].
        reference: what they are compared with.
    """
    truth = projected_quantiles(reference, len(samples))
    return {"sliced_w1": float(np.abs(sorted_projections(samples) - truth).mean())}


def sorted_projections(points: Array) -> Array:
    """`points` [n, 2] projected onto each of the directions, and sorted [n, DIRECTIONS]."""
    angles = _angles()
    projected: Array = np.sort(points @ np.stack([np.cos(angles), np.sin(angles)]), axis=0)
    return projected


@lru_cache(maxsize=8)
def projected_quantiles(reference: PlaneMixture, count: int) -> Array:
    """The mid-quantiles [count, DIRECTIONS] of the mixture's projections."""
    levels = (np.arange(count) + 0.5) / count
    return np.stack([projection.quantile(levels) for projection in _projections(reference)], axis=1)


def sliced_wasserstein_floor(reference: PlaneMixture, count: int) -> dict[str, float]:
    """The mean distance of true samples, as on the line."""
    return {"sliced_w1": mean(w1_of_true_samples(projection, count) for projection in _projections(reference))}


def _projections(reference: PlaneMixture) -> list[NormalMixture]:
    """The mixture as it lies in each direction."""
    weights = np.full(len(reference.centres), 1 / len(reference.centres))
    stds = np.full_like(weights, reference.std)
    directions = (np.array([np.cos(angle), np.sin(angle)]) for angle in _angles())
    return [NormalMixture(weights, reference.centres @ direction, stds) for direction in directions]


def _angles() -> Array:
    angles: Array = np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    return angles


register(
    Evaluator(
        name="wasserstein",
        summary="Wasserstein-1 distance to the truth, in the data's units",
        paper="arXiv:1509.02237",
        metrics=(
            Metric(
                name="w1",
                better="lower",
                estimator="sorted samples against the true quantiles at (i - 1/2) / n; "
                "for held-out data the exact distance between the two samples",
            ),
        ),
        function=of_samples(wasserstein_distance),
        floor=wasserstein_floor,
        applies_to=lambda reference: (
            isinstance(reference, HeldOut) or (isinstance(reference, KnownDensity) and math.isfinite(reference.mean))
        ),
    )
)
register(
    Evaluator(
        name="kolmogorov-smirnov",
        summary="largest gap between the distribution functions",
        paper="doi:10.1080/01621459.1951.10500769",
        metrics=(Metric(name="ks", better="lower", estimator="exact; for held-out data two-sample"),),
        function=of_samples(kolmogorov_smirnov),
        floor=kolmogorov_smirnov_floor,
        applies_to=lambda reference: isinstance(reference, Line),
    )
)
register(
    Evaluator(
        name="sliced-wasserstein",
        summary="Wasserstein-1 distance in the plane, averaged over directions",
        paper="arXiv:1902.00434",
        metrics=(
            Metric(
                name="sliced_w1",
                better="lower",
                estimator="w1 of the projections onto 32 evenly spaced directions, against their true quantiles",
            ),
        ),
        function=of_samples(sliced_wasserstein),
        floor=sliced_wasserstein_floor,
        applies_to=lambda reference: isinstance(reference, PlaneMixture),
    )
)
