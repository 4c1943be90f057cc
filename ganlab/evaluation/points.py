"""What is measured of samples on the line and in the plane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from ganlab.data.reference import Array, HeldOut, KnownDensity, PlaneMixture, Points
from ganlab.evaluation.base import Evaluation, Evaluator, applicable
from ganlab.evaluation.floors import floors_of
from ganlab.evaluation.histogram import histogram
from ganlab.evaluation.modes import distinct_modes

DRAWN_POINTS = 2_500


class PointEvaluation(Evaluation):
    """The registered evaluators, on `count` points against `reference`."""

    def __init__(self, reference: Points, count: int) -> None:
        self.modes = _modes(reference)
        self._reference = reference
        self._count = count
        self._evaluators = applicable(reference)
        self._floors = floors_of(self._evaluators, reference, count)
        known = {metric.name: metric for evaluator in self._evaluators for metric in evaluator.metrics}
        self.metrics = {name: known[name] for name in self._floors.values}  # those that exist for this reference

    def measure(self, samples: Tensor) -> dict[str, float]:
        prepared = _prepare(samples, self._reference)
        return _values(self._evaluators, prepared, self._reference)

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


def picture_of(samples: Tensor, reference: Points) -> dict[str, ArrayLike]:
    """What a run directory keeps of samples [n, 1] or [n, 2], in the data's own units, to draw them from."""
    if isinstance(reference, PlaneMixture):
        return {"points": samples[:DRAWN_POINTS].double().numpy(), "centres": reference.centres}
    return dict(histogram(_prepare(samples, reference), reference))


def _prepare(samples: Tensor, reference: Points) -> Array:
    """Samples as evaluators take them."""
    points: Array = samples.double().numpy()
    return points if isinstance(reference, PlaneMixture) else np.sort(points, axis=None)


def describe_reference(reference: Points) -> str:
    """What metrics are measured against, in a phrase for the footnote of a table."""
    if isinstance(reference, HeldOut):
        return f"{reference.values.size:,} held-out values"
    return "the exact density"


def _values(evaluators: Iterable[Evaluator], samples: Array, reference: Points) -> dict[str, float]:
    return {name: value for one in evaluators for name, value in one.function(samples, reference).items()}


def _modes(reference: Points) -> int:
    if isinstance(reference, PlaneMixture):
        return len(reference.centres)
    return len(distinct_modes(reference)) if isinstance(reference, KnownDensity) else 0
