"""The energy distance between the samples' distribution and the true one."""

from __future__ import annotations

from typing import Any

import numpy as np

from ganlab.data.reference import Array, SampleReference
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted
from ganlab.evaluation.projections import (
    length_over_projection,
    projected_held_out,
    projected_quantiles,
    sorted_projections,
)


def energy_distance(samples: Array, reference: SampleReference) -> dict[str, float]:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| of samples X and truth Y, in the data's units (Szekely and Rizzo 2013).

    On the line this is 2 integral (F - G)^2, twice the Cramer distance, here to n true quantiles or the held-out
    values. The length of a vector is a multiple of the mean length of its projections (pi / 2 in the plane), so the
    distance is that multiple of the mean of those on the line, over `projections.directions`, which in more than two
    dimensions are a random sample. Pairs of a sample with itself are left out, so that true samples score 0 on average,
    and may score less.

    Args:
        samples: [n] on the line, sorted ascending; else [n, ...].
        reference: what they are compared with.
    """
    n = len(samples)
    pairs = n**2 if reference.held_out is None else _ordered_pairs(len(reference.held_out))
    if reference.on_the_line:
        require_sorted(samples)
        return {"energy_distance": _on_the_line(samples, _truth_on_the_line(reference, n), pairs)}
    points = reference.coordinates(samples)
    truth = projected_quantiles(reference, n) if reference.held_out is None else projected_held_out(reference)
    along = zip(sorted_projections(points).T, truth.T, strict=True)
    distance = float(np.mean([_on_the_line(found, truth, pairs) for found, truth in along]))
    return {"energy_distance": length_over_projection(points.shape[1]) * distance}


def _truth_on_the_line(reference: Any, count: int) -> Array:
    if reference.held_out is not None:
        return np.asarray(reference.held_out)
    return np.asarray(reference.quantiles(0.5 / count, 1 - 0.5 / count, count))


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
                estimator="2 E|X - Y| - E|X - X'| - E|Y - Y'|, unbiased; against n true quantiles or all "
                "held-out values; in the plane pi / 2 times the mean of 32 projections, beyond it the same of 64 fixed "
                "random ones; columns of files in standard deviations",
            ),
        ),
        function=of_samples(energy_distance),
        floor=lambda reference, count: {"energy_distance": 0.0} if reference.held_out is None else {},
    )
)
