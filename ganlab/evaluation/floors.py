"""What true samples score: the floors of metrics of samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganlab.data.reference import SampleReference
from ganlab.evaluation.base import Evaluator
from ganlab.evaluation.subject import subject_of

DRAWS = 32


@dataclass(frozen=True)
class Floors:
    """What a perfect generator scores on average, by metric.

    No generator's distance is reliably better; of what is counted, narrow samples may have a better share or divergence
    over modes, and wide ones less tail mass missing.

    Attributes:
        errors: the standard errors of those values that are means over draws, unless all draws are equal.
    """

    values: dict[str, float]
    errors: dict[str, float]


def floors_of(evaluators: Sequence[Evaluator], reference: SampleReference, count: int, draws: int = DRAWS) -> Floors:
    """The floors of `count` samples: those that evaluators know, and means over sets of true samples for other metrics.

    Metrics of evaluators that need more than samples have no drawn floor. The draws are seeded, so the same arguments
    give the same numbers.
    """
    known = {name: value for one in evaluators for name, value in one.floor(reference, count).items()}
    without = [
        one
        for one in evaluators
        if one.needs == ("samples",) and any(metric.name not in known for metric in one.metrics)
    ]
    scores = _scores(without, reference, count, draws) if without else {}
    means = {name: float(np.mean(values)) for name, values in scores.items()}
    errors = {name: float(np.std(values, ddof=1)) / math.sqrt(draws) for name, values in scores.items()}
    names = [metric.name for one in evaluators for metric in one.metrics]
    values = means | known
    return Floors(
        values={name: values[name] for name in names if name in values},
        errors={name: error for name, error in errors.items() if name not in known and 0 < error < math.inf},
    )


def _scores(
    evaluators: Sequence[Evaluator], reference: SampleReference, count: int, draws: int
) -> dict[str, list[float]]:
    """The values of each metric over sets of true samples, the same for all evaluators: drawing is most of the work."""
    rng = np.random.default_rng(0)
    scores: dict[str, list[float]] = {}
    for _ in range(draws):
        subject = subject_of(reference.fresh(rng, count))
        for one in evaluators:
            for name, value in one.function(subject, reference).items():
                scores.setdefault(name, []).append(value)
    return scores
