"""The shape of an evaluator, the registry of the known ones, and what a perfect generator would score."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ganlab.data.reference import Array, HeldOut, Reference
from ganlab.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One number that an evaluator gives.

    Attributes:
        name: the key under which it is logged, for example ``"w1"``.
        better: which way is better.
        estimator: how it is computed, in a phrase that fits the footnote of a table.
    """

    name: str
    better: Literal["lower", "higher"]
    estimator: str


@dataclass(frozen=True, kw_only=True)
class Evaluator:
    """Samples and a reference in, named numbers out.

    `function` takes generated samples [n] (float64, the data's own units, sorted ascending: the caller
    sorts once for all evaluators) and the reference, and gives one finite or infinite number for each of
    `metrics`. A metric that does not exist for a reference, such as the error of an infinite moment, is
    left out, so the keys depend on the reference alone. It draws nothing at random and changes nothing,
    and raises ValueError if the samples are empty, unsorted or not all finite.
    `applies` says whether it can measure against a reference at all.
    """

    name: str
    summary: str
    paper: str = ""
    metrics: tuple[Metric, ...]
    function: Callable[[Array, Reference], dict[str, float]]
    applies: Callable[[Reference], bool] = lambda reference: True


EVALUATORS: Registry[Evaluator] = Registry("evaluator")
register = EVALUATORS.add


def applicable(reference: Reference) -> list[Evaluator]:
    """The registered evaluators that can measure against `reference`."""
    return [evaluator for evaluator in EVALUATORS if evaluator.applies(reference)]


def describe_reference(reference: Reference) -> str:
    """What metrics are measured against, in a phrase for the footnote of a table."""
    if isinstance(reference, HeldOut):
        return f"{reference.values.size:,} held-out values"
    return "the exact density"


def floor(evaluator: Evaluator, reference: Reference, count: int, repeats: int = 32) -> dict[str, float]:
    """What a perfect generator scores: the mean of each metric over `repeats` sets of `count` true samples.

    No generator is reliably better. The draws are seeded, so the same arguments give the same numbers.
    """
    return floors([evaluator], reference, count, repeats)


def floors(evaluators: Iterable[Evaluator], reference: Reference, count: int, repeats: int = 32) -> dict[str, float]:
    """`floor` of several evaluators at once, on the same draws: drawing is most of the work."""
    rng = np.random.default_rng(0)
    evaluators = list(evaluators)
    rows: list[dict[str, float]] = []
    for _ in range(repeats):
        samples = np.sort(reference.fresh(rng, count))
        rows.append({k: v for evaluator in evaluators for k, v in evaluator.function(samples, reference).items()})
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def require_sorted(samples: Array) -> None:
    """Refuse samples that would make a meaningless number.

    Raises:
        ValueError: `samples` is not a vector [n] with n >= 1 of finite numbers in ascending order.
    """
    if samples.ndim != 1 or samples.size == 0:
        raise ValueError(f"samples have the shape {samples.shape}; an evaluator needs a vector of at least one")
    if not np.isfinite(samples).all():
        raise ValueError("some samples are NaN or infinite; a generator that gives them has no score")
    if (samples[1:] < samples[:-1]).any():
        raise ValueError("the samples are not sorted; sort them in ascending order first")
