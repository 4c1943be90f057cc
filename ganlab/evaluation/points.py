"""What is measured of samples themselves: values, points, vectors, series."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ganlab.data.reference import SampleReference
from ganlab.evaluation.base import Evaluation, evaluators_for
from ganlab.evaluation.floors import floors_of
from ganlab.evaluation.subject import SAMPLES_ALONE, Subject


class PointEvaluation(Evaluation):
    """What `evaluators_for` names, on `count` samples against `reference`."""

    def __init__(
        self,
        reference: SampleReference,
        count: int,
        given: Collection[str] = SAMPLES_ALONE,
        asked: Sequence[str] = (),
    ) -> None:
        self.modes = reference.mode_count
        self.spread = reference.spread
        self._reference = reference
        self._count = count
        self._evaluators = evaluators_for(reference, given, asked)
        self.needs = frozenset(need for one in self._evaluators for need in one.needs)
        self._floors = floors_of(self._evaluators, reference, count)
        self.metrics = {
            metric.name: metric
            for evaluator in self._evaluators
            for metric in evaluator.metrics
            if metric.name in self._floors.values or evaluator.needs != ("samples",)  # others do not exist here
        }

    def measure(self, subject: Subject) -> dict[str, float]:
        return {
            name: value for one in self._evaluators for name, value in one.function(subject, self._reference).items()
        }

    def floors(self) -> dict[str, float]:
        return self._floors.values

    def floor_errors(self) -> dict[str, float]:
        return self._floors.errors

    def protocol(self) -> dict[str, Any]:
        limits = [one.limits(self._reference, self._count) for one in self._evaluators]
        return {
            "reference": self._reference.words,
            "limits": {name: value for some in limits for name, value in some.items()},
        }
