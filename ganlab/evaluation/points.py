"""What is measured of samples themselves: values, points, vectors, series."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor

from ganlab.data.reference import Array, SampleReference
from ganlab.evaluation.base import Evaluation, Evaluator, applicable
from ganlab.evaluation.floors import floors_of


class PointEvaluation(Evaluation):
    """The evaluators that apply, on `count` samples against `reference`."""

    def __init__(self, reference: SampleReference, count: int) -> None:
        self.modes = reference.mode_count
        self._reference = reference
        self._count = count
        self._evaluators = applicable(reference)
        self._floors = floors_of(self._evaluators, reference, count)
        known = {metric.name: metric for evaluator in self._evaluators for metric in evaluator.metrics}
        self.metrics = {name: known[name] for name in self._floors.values}  # those that exist for this reference

    def measure(self, samples: Tensor) -> dict[str, float]:
        prepared = self._reference.prepare(samples)
        return _values(self._evaluators, prepared, self._reference)

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


def _values(evaluators: Iterable[Evaluator], samples: Array, reference: SampleReference) -> dict[str, float]:
    return {name: value for one in evaluators for name, value in one.function(samples, reference).items()}
