"""The shape of an evaluator, the registry of the known ones, and what is measured of a run as a whole."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from torch import Tensor

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

    `function` takes generated samples as `Evaluation` prepares them, and the reference, and gives one finite or
    infinite number for each of `metrics`. On the line, samples are [n], float64, in the data's own units and sorted
    ascending: the caller sorts once for all evaluators. Points and vectors are [n, d], windows of series [n, T, C]. A
    metric that does not exist for a reference, such as the error of an infinite moment, is left out, so the keys depend
    on the reference alone. It draws nothing at random and changes nothing, and raises ValueError if the samples are
    empty, unsorted or not all finite. A reference names its usual evaluators; `applies` says to which others this one
    applies as well. `limits` and `floor` take the reference and a count of samples: `limits` gives the largest value of
    each metric that its way of estimation bounds although its definition does not, `floor` what as many true samples
    score on average, for each metric for which there is a closed form.
    """

    name: str
    summary: str
    paper: str = ""
    metrics: tuple[Metric, ...]
    function: Callable[[Any, Any], dict[str, float]]
    applies: Callable[[Any], bool] = lambda reference: False
    limits: Callable[[Any, int], dict[str, float]] = lambda reference, count: {}
    floor: Callable[[Any, int], dict[str, float]] = lambda reference, count: {}


EVALUATORS: Registry[Evaluator] = Registry("evaluator")
register = EVALUATORS.add


def applicable(reference: Reference) -> list[Evaluator]:
    """The evaluators that measure against `reference`: those that it names, in that order, and others that apply."""
    named = [EVALUATORS[name] for name in reference.evaluators]
    return named + [one for one in EVALUATORS if one not in named and one.applies(reference)]


class Evaluation(ABC):
    """All that is measured of one generator's samples on one data set.

    Attributes:
        metrics: by name, in the order of the table: the first is the primary one.
        modes: how many modes a good generator covers, 0 if that is unknown.
        notice: what cannot be measured, and why, in words; empty if nothing is missing.
    """

    metrics: Mapping[str, Metric]
    modes: int
    notice: str = ""

    @abstractmethod
    def measure(self, samples: Tensor) -> dict[str, float]:
        """The value of every metric, of samples [n, *sample_shape] in the data's own units."""

    @abstractmethod
    def floors(self) -> dict[str, float]:
        """What a perfect generator scores, for every metric where that is known."""

    def floor_errors(self) -> dict[str, float]:
        """The standard errors of those floors that are means over draws."""
        return {}

    def real(self) -> dict[str, Any] | None:
        """What real samples that are not part of the reference score: `metrics` by name, and which `samples`, in words.

        None where there are none.
        """
        return None

    @abstractmethod
    def protocol(self) -> dict[str, Any]:
        """All that the values depend on beyond the samples; at least what the `reference` is, in words."""


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
