"""The distance to the truth within each class, or each bin of a real condition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ganlab.data.reference import Array, SampleReference
from ganlab.evaluation.base import Evaluator, Metric, register
from ganlab.evaluation.subject import Subject
from ganlab.evaluation.truth import SEED, require_finite, standard_deviations

BINS = 10
DRAWN = 20_000
"""True samples that are drawn where there is no held-out part."""

FLOOR_DRAWS = 8
FLOOR_SEED = 0

Conditions = NDArray[Any]
"""Classes [n] or real vectors [n, g]."""


def conditional_w1(samples: Array, conditions: Conditions, truth: Array, true_conditions: Conditions) -> float:
    """The mean Wasserstein-1 distance between `samples` and `truth` of the same class, or bin of a real condition.

    It is the exact distance of the empirical distributions in each column, over the column's true standard deviation,
    averaged over columns and then over groups. Each component of a real condition is cut into 10 bins of equal true
    mass, unless it has no more than 10 different values, such as whether it is of a category; groups that have no
    samples or no truth are left out.

    Args:
        samples: [n, k].
        conditions: that each of them was made for, classes [n] or real vectors [n, g].
        truth: [m, k].
        true_conditions: of each of them.

    Raises:
        ValueError: no group has both.
    """
    require_finite(samples, truth)
    scale = standard_deviations(truth)
    distances = [
        np.mean([stats.wasserstein_distance(*columns) for columns in zip(found.T, true.T, strict=True)])
        for found, true in (
            ((samples / scale)[one], (truth / scale)[other]) for one, other in _groups(conditions, true_conditions)
        )
        if len(found) and len(true)
    ]
    if not distances:
        raise ValueError("no class has both samples and true ones")
    return float(np.mean(distances))


def _groups(conditions: Conditions, true_conditions: Conditions) -> Iterator[tuple[NDArray[np.bool_], ...]]:
    """Which samples, and which of the truth, belong to each group."""
    pairs = [(conditions, true_conditions)]
    if conditions.ndim == 2:
        pairs = [_binned(*columns) for columns in zip(conditions.T, true_conditions.T, strict=True)]
    for own, true in pairs:
        for group in np.unique(true):
            yield own == group, true == group


def _binned(conditions: Array, true_conditions: Array) -> tuple[Conditions, Conditions]:
    if len(np.unique(true_conditions)) <= BINS:
        return conditions, true_conditions
    edges = np.unique(np.quantile(true_conditions, np.arange(1, BINS) / BINS))
    return np.digitize(conditions, edges), np.digitize(true_conditions, edges)


def true_pairs(reference: SampleReference, seed: int = SEED, count: int = DRAWN) -> tuple[Array, Conditions]:
    """True samples as vectors [m, k] with their conditions: all that are held out, or `count` drawn ones."""
    samples, conditions = reference.with_conditions(np.random.default_rng(seed), count)
    return reference.coordinates(samples), conditions


def _measure(subject: Subject, reference: SampleReference) -> dict[str, float]:
    assert subject.labels is not None
    samples = reference.coordinates(subject.array)
    return {"conditional_w1": conditional_w1(samples, subject.labels.numpy(), *true_pairs(reference))}


def _floor(reference: SampleReference, count: int) -> dict[str, float]:
    """The mean of true samples with their conditions, where they can be drawn."""
    if reference.held_out is not None:
        return {}
    truth = true_pairs(reference)
    draws = [true_pairs(reference, FLOOR_SEED + draw, count) for draw in range(FLOOR_DRAWS)]
    return {"conditional_w1": float(np.mean([conditional_w1(*draw, *truth) for draw in draws]))}


register(
    Evaluator(
        name="conditional-w1",
        summary="Wasserstein-1 distance to the truth within each class, or bin of a real condition",
        metrics=(
            Metric(
                name="conditional_w1",
                better="lower",
                estimator="mean over classes (over 10 bins of equal mass of each real condition) and columns of the "
                "exact distance, over the column's true standard deviation, to held-out samples or 20,000 drawn ones",
            ),
        ),
        needs=("samples", "labels"),
        function=_measure,
        floor=_floor,
        applies_to=lambda reference: not reference.of_images and reference.has_conditions,
        on_request=True,
    )
)
