"""What is measured of samples on the line and in the plane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from ganlab.data.reference import Array, HeldOut, KnownDensity, PlaneMixture, Points
from ganlab.evaluation.base import Evaluation, Evaluator, applicable
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
        self._floors = floors(self._evaluators, reference, count)
        known = {metric.name: metric for evaluator in self._evaluators for metric in evaluator.metrics}
        self.metrics = {name: known[name] for name in self._floors}  # those that exist for this reference

    def measure(self, samples: Tensor) -> dict[str, float]:
        prepared = _prepare(samples, self._reference)
        return _values(self._evaluators, prepared, self._reference)

    def floors(self) -> dict[str, float]:
        return self._floors

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


def floor(evaluator: Evaluator, reference: Points, count: int, repeats: int = 32) -> dict[str, float]:
    """What a perfect generator scores: the mean of each metric over `repeats` sets of `count` true samples.

    No generator's distance is reliably better; of what is counted, narrow samples may have a better share or divergence
    over modes, and wide ones less tail mass missing. The draws are seeded, so the same arguments give the same numbers.
    """
    return floors([evaluator], reference, count, repeats)


def floors(evaluators: Iterable[Evaluator], reference: Points, count: int, repeats: int = 32) -> dict[str, float]:
    """`floor` of several evaluators at once, on the same draws: drawing is most of the work."""
    rng = np.random.default_rng(0)
    evaluators = list(evaluators)
    rows = []
    for _ in range(repeats):
        points = reference.fresh(rng, count)
        rows.append(_values(evaluators, np.sort(points) if points.ndim == 1 else points, reference))
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _values(evaluators: Iterable[Evaluator], samples: Array, reference: Points) -> dict[str, float]:
    return {name: value for one in evaluators for name, value in one.function(samples, reference).items()}


def _modes(reference: Points) -> int:
    if isinstance(reference, PlaneMixture):
        return len(reference.centres)
    return len(distinct_modes(reference)) if isinstance(reference, KnownDensity) else 0
