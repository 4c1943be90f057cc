"""An evaluator, the registry of the known ones, and what is measured of a run as a whole."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ganlab.data.reference import Array, Reference
from ganlab.errors import InputError
from ganlab.evaluation.subject import SAMPLES_ALONE, Subject, need_in_words, require_known_needs
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
    """A subject and a reference in, named numbers out.

    A run is measured by the evaluators that its reference names, by those that apply to it without being named, and by
    those that its settings ask for; of these by the ones whose needs it meets.

    Attributes:
        metrics: what it gives, in the order of tables.
        needs: what of the subject it uses, in the words of `subject.NEEDS`.
        function: takes the subject and the reference, and gives one finite or infinite number for each of `metrics`. A
            metric that does not exist for a reference, such as the error of an infinite moment, is left out, so the
            keys depend on the reference alone. It draws nothing at random but from seeds of its own, and changes
            nothing. It raises ValueError if samples are empty or not all finite.
        applies_to: whether it can measure against a reference that does not name it.
        on_request: whether it measures against such a reference only where the settings ask for it.
        limits: takes the reference and a count of samples, and gives the largest value of each metric that its way of
            estimation bounds although its definition does not.
        floor: takes the same, and gives what as many true samples score on average, for each metric for which it is
            known; of an evaluator that needs samples alone, the floors of other metrics are drawn.

    Raises:
        ValueError: it needs what nothing gives.
    """

    name: str
    summary: str
    paper: str = ""
    metrics: tuple[Metric, ...]
    needs: tuple[str, ...] = ("samples",)
    function: Callable[[Subject, Any], dict[str, float]]
    applies_to: Callable[[Any], bool] = lambda reference: False
    on_request: bool = False
    limits: Callable[[Any, int], dict[str, float]] = lambda reference, count: {}
    floor: Callable[[Any, int], dict[str, float]] = lambda reference, count: {}

    def __post_init__(self) -> None:
        require_known_needs(self.needs)


EVALUATORS: Registry[Evaluator] = Registry("evaluator")
register = EVALUATORS.add


def evaluators_for(
    reference: Reference, given: Collection[str] = SAMPLES_ALONE, asked: Sequence[str] = ()
) -> list[Evaluator]:
    """The evaluators that measure a run: those that the reference names, in that order, others that apply, those asked.

    Args:
        reference: what samples are compared with.
        given: what the run's subject gives, in the words of `subject.NEEDS`.
        asked: names of evaluators that the settings ask for.

    Raises:
        InputError: there is no evaluator that is asked for, or it cannot measure this run.
    """
    named = [EVALUATORS[name] for name in reference.evaluators]
    others = [one for one in EVALUATORS if not one.on_request and one.applies_to(reference)]
    usual = [one for one in [*named, *others] if set(one.needs) <= set(given)]
    requested = [EVALUATORS[name] for name in asked]
    for one in requested:
        refuse_what_is_lacking(one, reference, given)
    return list(dict.fromkeys([*usual, *requested]))


def refuse_what_is_lacking(evaluator: Evaluator, reference: Reference, given: Collection[str]) -> None:
    """Refuse an evaluator that was asked for and cannot measure.

    Raises:
        InputError: it does not apply to the reference, or needs what is not given.
    """
    if evaluator.name not in reference.evaluators and not evaluator.applies_to(reference):
        raise InputError(
            f"the evaluator '{evaluator.name}' ({evaluator.summary}) does not apply to this data; "
            "take it out of 'evaluators'"
        )
    for need in evaluator.needs:
        if need not in given:
            raise InputError(
                f"the evaluator '{evaluator.name}' cannot measure this run: it needs {need_in_words(need)}; "
                "take it out of 'evaluators'"
            )


def of_samples(function: Callable[[Array, Any], dict[str, float]]) -> Callable[[Subject, Any], dict[str, float]]:
    """An evaluator's function, from one that takes the samples as the reference prepares them, and the reference."""
    return lambda subject, reference: function(subject.prepared(reference), reference)


class Evaluation(ABC):
    """All that is measured of one generator's samples on one data set.

    Attributes:
        metrics: by name, in the order of the table: the first is the primary one, unless the settings name another.
        modes: how many modes a good generator covers, 0 if that is unknown.
        spread: the data's standard deviation in the units of its distances, NaN if that is unknown.
        notice: what cannot be measured, and why, in words; empty if nothing is missing.
        needs: what of a subject is used, in the words of `subject.NEEDS`; the rest may be missing.
    """

    metrics: Mapping[str, Metric]
    needs: frozenset[str]
    modes: int
    spread: float = math.nan
    notice: str = ""

    @abstractmethod
    def measure(self, subject: Subject) -> dict[str, float]:
        """The value of every metric."""

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
