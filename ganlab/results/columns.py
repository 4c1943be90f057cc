"""The columns of a table: one number of each run, by the column's name.

=========================  ==================================================================
``w1``                     the metric at the last step
``best/w1``                its best value over all evaluations of the run
``steps_to/w1=0.02``       the step of the first evaluation at which it is 0.02 or better
``train_seconds``          what the run cost, as are ``evaluation_seconds`` and ``samples_seen``
=========================  ==================================================================
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ganlab.errors import InputError
from ganlab.record.summary import Better, Metric, worst
from ganlab.registry import did_you_mean
from ganlab.results.runs import Run

BEST, STEPS_TO = "best/", "steps_to/"

COSTS = {
    "train_seconds": "seconds of training without compilation and evaluation, those of a population shared evenly",
    "evaluation_seconds": "seconds of evaluation, those of a population shared evenly",
    "samples_seen": "real samples that the discriminator was shown",
}

DEVICE = "device"

BESIDE_THE_PRIMARY = (
    *("kl_reverse", "kl_forward", "js", "ks"),
    *("high_quality", "modes_covered", "mode_kl"),
    *("inception_score", "kid", "precision", "recall", "density", "coverage", "classifier_score"),
)


@dataclass(frozen=True, kw_only=True)
class Column(ABC):
    """One number of each run.

    Attributes:
        metric: that the number is taken from; a cost is its own.
        better: which way the number is better.
        kind: what is taken of a run.
        estimator: how the metric is estimated, in words.
        compared: whether rows are compared by it; costs are stated, not ranked.
        of_all_evaluations: whether it depends on how often a run was evaluated.
    """

    name: str
    metric: str
    better: Better
    estimator: str
    kind: ClassVar[Literal["final", "best", "steps to", "cost"]]
    compared: ClassVar[bool] = True
    of_all_evaluations: ClassVar[bool] = False

    def measured_in(self, run: Run) -> bool:
        """Whether a run that is done has this number."""
        return self.metric in run.protocol.metrics

    def value(self, run: Run) -> float:
        """The number of a run that is done; a diverged run has the worst there is."""
        recorded = None if run.diverged else self._recorded(run)
        if recorded is None:
            return worst(self.better)
        return float(recorded)

    @abstractmethod
    def _recorded(self, run: Run) -> float | None:
        """The number of a finished run; None where it is not finite."""


class Final(Column):
    """The metric at the last step."""

    kind = "final"

    def _recorded(self, run: Run) -> float | None:
        return run.result.final[self.metric]


class Best(Column):
    """The metric's best value over all evaluations of a run."""

    kind = "best"
    of_all_evaluations = True

    def _recorded(self, run: Run) -> float | None:
        best = run.result.best.get(self.metric)
        return best.value if best else None


@dataclass(frozen=True, kw_only=True)
class StepsTo(Column):
    """The step of the first evaluation at which the metric, of which `metric_better` is better, reaches `threshold`."""

    kind = "steps to"
    of_all_evaluations = True

    threshold: float
    metric_better: Better

    def _recorded(self, run: Run) -> float | None:
        for row in run.origin.evaluations():
            value = row.get(f"eval/{self.metric}")
            if value is not None and self._reached(value):
                return float(row["global_step"])
        return None

    def _reached(self, value: float) -> bool:
        return value <= self.threshold if self.metric_better == "lower" else value >= self.threshold


class Cost(Column):
    """The cost of a run, finished or diverged."""

    kind = "cost"
    compared = False

    def measured_in(self, run: Run) -> bool:
        return True

    def value(self, run: Run) -> float:
        return float(getattr(run.result.cost, self.name))

    def _recorded(self, run: Run) -> float | None:
        return self.value(run)


def columns_of(runs: Sequence[Run], names: Sequence[str] | None) -> tuple[Column, ...]:
    """The columns that `names` name; by default the primary metrics of the runs and the common ones beside them.

    Raises:
        InputError: a name is unknown, or no run has that number.
    """
    finished = [run for run in runs if run.finished]
    rules = {name: rule for run in finished for name, rule in run.protocol.metrics.items()}
    names = names or usual_metrics(runs)
    return tuple(_column(name, rules) for name in dict.fromkeys(names) if name != DEVICE)


def usual_metrics(runs: Sequence[Run]) -> list[str]:
    """The primary metrics of the runs that finished, and the common ones beside them."""
    protocols = [run.protocol for run in runs if run.finished]
    common = [name for name in BESIDE_THE_PRIMARY if any(name in protocol.metrics for protocol in protocols)]
    return list(dict.fromkeys([*(protocol.primary for protocol in protocols), *common]))


def _column(name: str, rules: Mapping[str, Metric]) -> Column:
    if name in COSTS:
        return Cost(name=name, metric=name, better="lower", estimator=COSTS[name])
    metric, threshold = name, None
    if name.startswith(BEST):
        metric = name.removeprefix(BEST)
    elif name.startswith(STEPS_TO):
        metric, threshold = _threshold(name)
    if metric not in rules:
        known = [*rules, *(f"{BEST}{one}" for one in rules), *COSTS, DEVICE]
        raise InputError(f"unknown metric '{name}'; {did_you_mean(name, known)}")
    better, estimator = rules[metric].better, rules[metric].estimator
    if threshold is not None:
        return StepsTo(
            name=name, metric=metric, better="lower", estimator=estimator, threshold=threshold, metric_better=better
        )
    kind = Best if metric != name else Final
    return kind(name=name, metric=metric, better=better, estimator=estimator)


def _threshold(name: str) -> tuple[str, float]:
    """The metric and the threshold of ``steps_to/METRIC=VALUE``."""
    metric, _, value = name.removeprefix(STEPS_TO).partition("=")
    try:
        threshold = float(value)
    except ValueError:
        threshold = math.nan
    if not math.isfinite(threshold):
        raise InputError(f"'{name}' names no metric and threshold; write for example {STEPS_TO}w1=0.05")
    return metric, threshold
