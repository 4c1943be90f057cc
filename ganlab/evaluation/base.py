"""The shape of an evaluator, and the registry of the known ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ganlab.data.reference import Array, Reference
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

    `function` takes generated samples [n] (float64, the data's own units) and the reference, and gives
    one finite or infinite number for each of `metrics`. It draws nothing at random and changes nothing.
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


def floor(evaluator: Evaluator, reference: Reference, count: int, repeats: int = 32) -> dict[str, float]:
    """The mean of each metric over `repeats` sets of `count` fresh true samples.

    No generator gets below it reliably. The draws are seeded, so the same arguments give the same numbers.
    """
    rng = np.random.default_rng(0)
    rows = [evaluator.function(reference.fresh(rng, count), reference) for _ in range(repeats)]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
