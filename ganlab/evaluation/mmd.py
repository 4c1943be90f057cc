"""The maximum mean discrepancy between the samples' distribution and the true one, with a Gaussian kernel."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist, pdist

from ganlab.data.reference import Array, Line, PlaneMixture, SampleReference
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted

QUANTILES = 250
BLOCK = 500


def maximum_mean_discrepancy(samples: Array, reference: Any) -> dict[str, float]:
    """E k(X, X') + E k(Y, Y') - 2 E k(X, Y) of samples X and truth Y, which is squared (Gretton et al. 2008).

    The kernel is k(x, y) = exp(-|x - y|^2 / 2 s^2), with s the true standard deviation; of vectors, the square root of
    half their total variance, which in the plane is the root mean square of the standard deviations along the axes. It
    hardly sees what is much narrower than s, such as the width of a mode.

    On the line, samples and truth are taken at 250 evenly spaced quantiles each, which changes the value by up to 0.002
    where there are a few hundred samples, and by less than 0.001 from 1,000 on. Of a mixture in the plane, the truth's
    part is exact, and samples are paired within blocks of 500, in their order. Held-out vectors are in blocks of at
    most 500 as well, each of them evenly spread over that part, and each block of samples is paired with one of these
    in turn (arXiv:1307.1954). Pairs of a sample with itself are left out, so
    that true samples score 0 on average, and may score less.

    Args:
        samples: [n] on the line, sorted ascending; else [n, ...].
        reference: what they are compared with; its standard deviation is finite and not 0.
    """
    if not reference.on_the_line:
        between = _to_modes if reference.held_out is None else _to_held_out
        return {"mmd": between(samples, reference)}
    require_sorted(samples)
    width = reference.spread
    found, truth = _thinned(samples), _true_quantiles(reference)
    among_samples = _without_itself(_kernel_mean(found, found, width), samples.size)
    among_truth = _kernel_mean(truth, truth, width)
    if reference.held_out is not None:
        among_truth = _without_itself(among_truth, reference.held_out.size)
    return {"mmd": among_samples + among_truth - 2 * _kernel_mean(found, truth, width)}


def _true_quantiles(reference: Line) -> Array:
    if reference.held_out is not None:
        return _thinned(reference.held_out)
    return reference.quantiles(0.5 / QUANTILES, 1 - 0.5 / QUANTILES, QUANTILES)


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


def _to_modes(points: Array, reference: PlaneMixture) -> float:
    centres, std, width = reference.centres, reference.std, reference.spread
    among_samples = _mean_within(_blocks(points), width)
    among_truth = _kernel_to_modes(cdist(centres, centres), math.sqrt(2) * std, width)
    return float(among_samples + among_truth.mean() - 2 * _kernel_to_modes(cdist(points, centres), std, width).mean())


def _to_held_out(samples: Array, reference: SampleReference) -> float:
    width, found, truth = reference.spread, _blocks(reference.coordinates(samples)), _blocks_of_truth(reference)
    across = [_kernel(cdist(block, truth[i % len(truth)]), width) for i, block in enumerate(found)]
    mean_across = np.concatenate([values.ravel() for values in across]).mean()
    return float(_mean_within(found, width) + _mean_within_truth(reference) - 2 * mean_across)


@lru_cache(maxsize=8)
def _blocks_of_truth(reference: SampleReference) -> list[Array]:
    """The held-out part in blocks of at most `BLOCK`, each evenly spread over it."""
    assert reference.held_out is not None
    points = reference.coordinates(reference.held_out)
    count = math.ceil(len(points) / BLOCK)
    return [points[start::count] for start in range(count)]


@lru_cache(maxsize=8)
def _mean_within_truth(reference: SampleReference) -> float:
    return _mean_within(_blocks_of_truth(reference), reference.spread)


def _blocks(points: Array) -> list[Array]:
    return [points[start : start + BLOCK] for start in range(0, len(points), BLOCK)]


def _mean_within(blocks: list[Array], width: float) -> float:
    """The mean of the kernel over pairs of different points of the same block."""
    return float(_kernel(np.concatenate([pdist(block) for block in blocks]), width).mean())


def _kernel(distances: Array, width: float) -> Array:
    values: Array = np.exp(-np.square(distances / width) / 2)
    return values


def _kernel_to_modes(distances: Array, std: float, width: float) -> Array:
    """The mean of the kernel to points that are round normal, of this `std`, around a centre at each of `distances`."""
    variance = width**2 + std**2
    mean: Array = width**2 / variance * np.exp(-np.square(distances) / (2 * variance))
    return mean


register(
    Evaluator(
        name="mmd",
        summary="squared maximum mean discrepancy with a Gaussian kernel as wide as the truth",
        paper="arXiv:0805.2368",
        metrics=(
            Metric(
                name="mmd",
                better="lower",
                estimator="squared, kernel exp(-d^2 / 2 s^2) with s the true standard deviation (of vectors, s^2 half "
                "the total variance), unbiased; on the line at 250 quantiles of samples and truth, else with pairs of "
                "samples in blocks of 500",
            ),
        ),
        function=of_samples(maximum_mean_discrepancy),
        floor=lambda reference, count: {"mmd": 0.0} if reference.held_out is None else {},
    )
)
