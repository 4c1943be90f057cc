"""The energy distance between the samples' distribution and the true one."""

from __future__ import annotations

import math

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import i0e, i1e

from ganlab.data.reference import Array, HeldOut, KnownDensity, Line, PlaneMixture, Points
from ganlab.evaluation.base import Evaluator, Metric, register, require_sorted
from ganlab.evaluation.distributions import quantiles
from ganlab.evaluation.pairs import mean_over_pairs, ordered_pairs, sum_of_differences


def energy_distance(samples: Array, reference: Points) -> dict[str, float]:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| of samples X and truth Y, in the data's units (Szekely and Rizzo 2013).

    On the line this is 2 integral (F - G)^2, twice the Cramer distance, here between the samples and n true quantiles
    or the held-out values. In the plane, the mean distance to a round normal mode is that of Rice's distribution. Pairs
    of a sample with itself are left out, so that true samples score 0 on average, and may score less.

    Args:
        samples: [n] on the line, sorted ascending; [n, 2] in the plane.
        reference: what they are compared with.
    """
    if isinstance(reference, PlaneMixture):
        return {"energy_distance": _in_the_plane(samples, reference)}
    require_sorted(samples)
    return {"energy_distance": _on_the_line(samples, reference)}


def _on_the_line(samples: Array, reference: Line) -> float:
    """Sums over pairs of one of each follow from those of both together."""
    n = samples.size
    if isinstance(reference, HeldOut):
        truth, pairs_of_truth = reference.values, ordered_pairs(reference.values.size)
    else:
        truth, pairs_of_truth = quantiles(reference, 0.5 / n, 1 - 0.5 / n, n), n**2
    together = sum_of_differences(np.sort(np.concatenate([samples, truth]), kind="stable"))
    among_samples, among_truth = sum_of_differences(samples), sum_of_differences(truth)
    across = (together - among_samples - among_truth) / (n * truth.size)
    return across - among_samples / ordered_pairs(n) - among_truth / pairs_of_truth


def _in_the_plane(points: Array, reference: PlaneMixture) -> float:
    centres, std = reference.centres, reference.std
    to_truth = _mean_distance(cdist(points, centres), std).mean()
    within_truth = _mean_distance(cdist(centres, centres), math.sqrt(2) * std).mean()
    return float(2 * to_truth - mean_over_pairs(points, lambda distances: distances) - within_truth)


def _mean_distance(distances: Array, std: float) -> Array:
    """The mean distance to points that are round normal, of this `std`, around a centre at each of `distances`."""
    half = np.square(distances / std) / 4
    mean: Array = math.sqrt(math.pi / 2) * std * ((1 + 2 * half) * i0e(half) + 2 * half * i1e(half))
    return mean


register(
    Evaluator(
        name="energy",
        summary="energy distance to the truth, in the data's units",
        paper="doi:10.1016/j.jspi.2013.03.018",
        metrics=(
            Metric(
                name="energy_distance",
                better="lower",
                estimator="2 E|X - Y| - E|X - X'| - E|Y - Y'|, unbiased; on the line against n true quantiles or all "
                "held-out values, in the plane against the exact density, with pairs of samples in blocks of 200",
            ),
        ),
        function=energy_distance,
        applies=lambda reference: (
            isinstance(reference, HeldOut | PlaneMixture)
            or (isinstance(reference, KnownDensity) and math.isfinite(reference.mean))
        ),
    )
)
