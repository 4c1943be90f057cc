"""What is measured of samples on the line and in the plane."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from numpy.typing import ArrayLike

from ganlab.data.reference import HeldOut, KnownDensity, PlaneMixture, Points
from ganlab.evaluation.base import Evaluation, evaluators_for
from ganlab.evaluation.floors import floors_of
from ganlab.evaluation.histogram import histogram
from ganlab.evaluation.modes import distinct_modes
from ganlab.evaluation.subject import SAMPLES_ALONE, Subject

DRAWN_POINTS = 2_500


class PointEvaluation(Evaluation):
    """What `evaluators_for` names, of `count` samples that are no images against `reference`."""

    def __init__(
        self,
        reference: Points,
        count: int,
        given: Collection[str] = SAMPLES_ALONE,
        asked: Sequence[str] = (),
    ) -> None:
        self.modes = _modes(reference)
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
            "reference": describe_reference(self._reference),
            "limits": {name: value for some in limits for name, value in some.items()},
        }


def picture_of(subject: Subject, reference: Points) -> dict[str, ArrayLike]:
    """What a run directory keeps of samples [n, 1] or [n, 2], in the data's own units, to draw them from."""
    if isinstance(reference, PlaneMixture):
        return {"points": subject.array[:DRAWN_POINTS], "centres": reference.centres}
    return dict(histogram(subject.prepared, reference))


def describe_reference(reference: Points) -> str:
    """What metrics are measured against, in a phrase for the footnote of a table."""
    if isinstance(reference, HeldOut):
        return f"{reference.values.size:,} held-out values"
    return "the exact density"


def _modes(reference: Points) -> int:
    if isinstance(reference, PlaneMixture):
        return len(reference.centres)
    return len(distinct_modes(reference)) if isinstance(reference, KnownDensity) else 0
