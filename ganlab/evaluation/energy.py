"""The energy distance between the samples' distribution and the true one."""

from __future__ import annotations

import math

import numpy as np

from ganlab.data.reference import Array, HeldOut, KnownDensity, PlaneMixture, Points
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted
from ganlab.evaluation.distances import projected_quantiles, sorted_projections
from ganlab.evaluation.distributions import quantiles


def energy_distance(samples: Array, reference: Points) -> dict[str, float]:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| of samples X and truth Y, in the data's units (Szekely and Rizzo 2013).

    On the line this is 2 integral (F - G)^2, twice the Cramer distance, here to n true quantiles or the held-out
    values. The length of a vector in the plane is pi / 2 times the mean length of its projections, so the distance
    there is pi / 2 times the mean of those on the line, over 32 evenly spaced directions. Pairs of a sample with itself
    are left out, so that true samples score 0 on average, and may score less.

    Args:
        samples: [n] on the line, sorted ascending; [n, 2] in the plane.
        reference: what they are compared with.
    """
    if isinstance(reference, PlaneMixture):
        projections = zip(sorted_projections(samples).T, projected_quantiles(reference, len(samples)).T, strict=True)
        distances = [_on_the_line(found, truth, len(samples) ** 2) for found, truth in projections]
        return {"energy_distance": math.pi / 2 * float(np.mean(distances))}
    require_sorted(samples)
    n = samples.size
    if isinstance(reference, HeldOut):
        distance = _on_the_line(samples, reference.values, _ordered_pairs(reference.values.size))
    else:
        distance = _on_the_line(samples, quantiles(reference, 0.5 / n, 1 - 0.5 / n, n), n**2)
    return {"energy_distance": distance}


def _on_the_line(samples: Array, truth: Array, pairs_of_truth: int) -> float:
    """The distance of sorted `samples` [n] and `truth` [m]; sums over pairs of one of each follow from those of both.

    Args:
        samples: sorted.
        truth: sorted.
        pairs_of_truth: by which the sum over pairs of the truth is divided: m^2 where they are its exact quantiles.
    """
    together = _sum_of_differences(np.sort(np.concatenate([samples, truth]), kind="stable"))
    among_samples, among_truth = _sum_of_differences(samples), _sum_of_differences(truth)
    across = (together - among_samples - among_truth) / (samples.size * truth.size)
    return across - among_samples / _ordered_pairs(samples.size) - among_truth / pairs_of_truth


def _sum_of_differences(values: Array) -> float:
    """The sum of |x - x'| over all ordered pairs of the sorted `values` [n]."""
    ranks = np.arange(values.size)
    return float(2 * ((2 * ranks - (values.size - 1)) @ values))


def _ordered_pairs(count: int) -> int:
    """How many ordered pairs of different ones there are of `count`; 1 where there is none, to divide by."""
    return max(count * (count - 1), 1)


register(
    Evaluator(
        name="energy-distance",
        summary="energy distance to the truth, in the data's units",
        paper="doi:10.1016/j.jspi.2013.03.018",
        metrics=(
            Metric(
                name="energy_distance",
                better="lower",
                estimator="2 E|X - Y| - E|X - X'| - E|Y - Y'|, unbiased; against n true quantiles or all held-out "
                "values; in the plane pi / 2 times the mean of 32 projections",
            ),
        ),
        function=of_samples(energy_distance),
        floor=lambda reference, count: {} if isinstance(reference, HeldOut) else {"energy_distance": 0.0},
        applies_to=lambda reference: (
            isinstance(reference, HeldOut | PlaneMixture)
            or (isinstance(reference, KnownDensity) and math.isfinite(reference.mean))
        ),
    )
)
