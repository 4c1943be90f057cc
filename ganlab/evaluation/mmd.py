"""The maximum mean discrepancy between the samples' distribution and the true one, with a Gaussian kernel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist, pdist

from ganlab.data.reference import Array, HeldOut, KnownDensity, Line, PlaneMixture, Points
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted
from ganlab.evaluation.distributions import quantiles

QUANTILES = 250
BLOCK = 500


def maximum_mean_discrepancy(samples: Array, reference: Points) -> dict[str, float]:
    """E k(X, X') + E k(Y, Y') - 2 E k(X, Y) of samples X and truth Y, which is squared (Gretton et al. 2008).

    The kernel is k(x, y) = exp(-|x - y|^2 / 2 s^2), with s the true standard deviation; in the plane, the root mean
    square of those along the axes. It hardly sees what is much narrower than s, such as the width of a mode.

    On the line, samples and truth are taken at 250 evenly spaced quantiles each, which changes the value by up to 0.002
    where there are a few hundred samples, and by less than 0.001 from 1,000 on. In the plane, the truth's part is
    exact, and samples are paired within blocks of 500, in their order. Pairs of a sample with itself are left out, so
    that true samples score 0 on average, and may score less.

    Args:
        samples: [n] on the line, sorted ascending; [n, 2] in the plane.
        reference: what they are compared with; its standard deviation is finite and not 0.
    """
    if isinstance(reference, PlaneMixture):
        return {"mmd": _in_the_plane(samples, reference)}
    require_sorted(samples)
    width = _spread(reference)
    found, truth = _thinned(samples), _true_quantiles(reference)
    among_samples = _without_itself(_kernel_mean(found, found, width), samples.size)
    among_truth = _kernel_mean(truth, truth, width)
    if isinstance(reference, HeldOut):
        among_truth = _without_itself(among_truth, reference.values.size)
    return {"mmd": among_samples + among_truth - 2 * _kernel_mean(found, truth, width)}


def _true_quantiles(reference: Line) -> Array:
    if isinstance(reference, HeldOut):
        return _thinned(reference.values)
    return quantiles(reference, 0.5 / QUANTILES, 1 - 0.5 / QUANTILES, QUANTILES)


def _thinned(values: Array) -> Array:
    """Of the sorted `values` [n] those at 250 evenly spaced ranks, or all if they are fewer."""
    count = min(values.size, QUANTILES)
    ranks = (np.arange(count) + 0.5) * values.size / count
    thinned: Array = values[ranks.astype(int)]
    return thinned


def _kernel_mean(first: Array, second: Array, width: float) -> float:
    return float(np.exp(-np.square((first[:, np.newaxis] - second) / width) / 2).mean())


def _without_itself(mean: float, count: int) -> float:
    """The `mean` of the kernel over all `count`^2 pairs without those of a value with itself, of which it is 1."""
    return (count * mean - 1) / max(count - 1, 1)


def _in_the_plane(points: Array, reference: PlaneMixture) -> float:
    centres, std, width = reference.centres, reference.std, _spread(reference)
    distances = np.concatenate([pdist(points[start : start + BLOCK]) for start in range(0, len(points), BLOCK)])
    among_samples = np.exp(-np.square(distances / width) / 2).mean()
    among_truth = _kernel_to_modes(cdist(centres, centres), math.sqrt(2) * std, width)
    return float(among_samples + among_truth.mean() - 2 * _kernel_to_modes(cdist(points, centres), std, width).mean())


def _kernel_to_modes(distances: Array, std: float, width: float) -> Array:
    """The mean of the kernel to points that are round normal, of this `std`, around a centre at each of `distances`."""
    variance = width**2 + std**2
    mean: Array = width**2 / variance * np.exp(-np.square(distances) / (2 * variance))
    return mean


def _spread(reference: Points) -> float:
    """The true standard deviation; in the plane, the root mean square of those along the axes."""
    if isinstance(reference, PlaneMixture):
        return math.sqrt(reference.centres.var(axis=0).mean() + reference.std**2)
    return float(reference.values.std()) if isinstance(reference, HeldOut) else reference.std


def _has_spread(reference: Any) -> bool:
    return isinstance(reference, KnownDensity | HeldOut | PlaneMixture) and 0 < _spread(reference) < math.inf


register(
    Evaluator(
        name="mmd",
        summary="squared maximum mean discrepancy with a Gaussian kernel as wide as the truth",
        paper="arXiv:0805.2368",
        metrics=(
            Metric(
                name="mmd",
                better="lower",
                estimator="squared, kernel exp(-d^2 / 2 s^2) with s the true standard deviation, unbiased; on the line "
                "at 250 quantiles of samples and truth, in the plane with pairs of samples in blocks of 500",
            ),
        ),
        function=of_samples(maximum_mean_discrepancy),
        floor=lambda reference, count: {} if isinstance(reference, HeldOut) else {"mmd": 0.0},
        applies_to=_has_spread,
    )
)
