"""What images score, and which metrics are measured of images in files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ganlab.errors import InputError
from ganlab.evaluation.images.evaluation import metric_on
from ganlab.evaluation.images.feature_evaluator import FeatureEvaluator, feature_evaluators
from ganlab.evaluation.images.features import Extractor
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.registry import canonical, did_you_mean

DEFAULT = ("fid", "inception_score", "kid")
"""The metrics of which those are measured that can be, where none is asked for."""


@dataclass(frozen=True)
class Scores:
    """What images score.

    Attributes:
        values: by metric.
        estimators: how each was computed, by metric.
        notes: what has to be known to compare the values, a sentence each.
    """

    values: dict[str, float]
    estimators: dict[str, str]
    notes: list[str] = field(default_factory=list)
    _count: int = 0
    _parts: list[tuple[RealFeatures, list[FeatureEvaluator]]] = field(default_factory=list)

    def floors(self) -> dict[str, float]:
        """What as many true images score, for each metric of which that is known."""
        return {
            name: value
            for real, some in self._parts
            for one in some
            for name, value in one.floor(real, self._count).items()
            if name in self.values
        }


def evaluator_of(metric: str) -> FeatureEvaluator:
    """The evaluator that gives `metric`."""
    return _by_metric()[metric]


def known_metrics(metrics: Sequence[str]) -> list[str]:
    """`metrics` as they are spelled in tables.

    Raises:
        InputError: there is no such metric of images.
    """
    known = _by_metric()
    names = [canonical(name, known) for name in metrics]
    for name in names:
        if name not in known:
            raise InputError(f"unknown metric '{name}'; {did_you_mean(name, known)}")
    return names


def measurable(asked: Sequence[str] | None, lack: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """The metrics to measure and, of the default ones that are left out, why: `lack` says so, or nothing.

    Raises:
        InputError: a metric that was asked for cannot be measured, or none of the default ones can.
    """
    lacks = {name: lack(name) for name in known_metrics(asked or DEFAULT)}
    reasons = [reason for reason in lacks.values() if reason]
    names = [name for name, reason in lacks.items() if not reason]
    if reasons and (asked or not names):
        raise InputError("; ".join(reasons[:1] if asked else reasons))
    return names, reasons


def _by_metric() -> dict[str, FeatureEvaluator]:
    return {metric.name: one for one in feature_evaluators() if one.needs == ("samples",) for metric in one.metrics}


def estimator_of(name: str, extractor: Extractor) -> str:
    """How the metric `name` is estimated from the features of `extractor`, in words."""
    metric = next(one for one in evaluator_of(name).metrics if one.name == name)
    return metric_on(metric, extractor).estimator
