"""The quality of images that lie ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.evaluation.images.classifier import ensure_classifier
from ganlab.evaluation.images.evaluation import measure, metric_on
from ganlab.evaluation.images.evaluators import FeatureEvaluator, feature_evaluators, needs_inception, needs_pixels
from ganlab.evaluation.images.features import Extractor, Report, silent
from ganlab.evaluation.images.inception import WeightsMissingError, load_inception
from ganlab.evaluation.images.pixels import Pixels
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.registry import did_you_mean


@dataclass(frozen=True)
class Scores:
    """What images score.

    Attributes:
        values: by metric.
        estimators: how each was computed, by metric.
    """

    values: dict[str, float]
    estimators: dict[str, str]
    _count: int
    _parts: list[tuple[RealFeatures, list[FeatureEvaluator]]]

    def floors(self) -> dict[str, float]:
        """What as many true images score, for each metric of which that is known."""
        return {
            name: value
            for real, some in self._parts
            for one in some
            for name, value in one.floor(real, self._count).items()
            if name in self.values
        }


def score(
    images: Tensor,
    against: Images,
    metrics: Sequence[str],
    weights: Path | None = None,
    report: Report = silent,
) -> Scores:
    """What `images` score against real ones by `metrics`, in their order.

    Args:
        images: uint8 [n, C, H, W].
        against: the real images.
        metrics: names, such as ``"fid"``.
        weights: the file of Inception's weights; None for where `inception.find_weights` finds them.
        report: is told of work that takes a while.

    Raises:
        InputError: a metric is unknown or does not exist for these real images, there are too few images for it, they
            are of another shape than the real ones, or Inception's weights are wanted and missing.
    """
    evaluators = _wanted(metrics)
    views = [
        RealFeatures(extractor, against, report) for extractor in _extractors(evaluators, against, weights, report)
    ]
    parts = [(view, [one for one in evaluators if one.applies(view)]) for view in views]
    estimators = {
        metric.name: metric_on(metric, view.extractor).estimator
        for view, some in parts
        for one in some
        for metric in one.metrics
    }
    for name in metrics:
        if name not in estimators:
            raise InputError(f"there is no '{name}' against {against.name}; choose another metric")
    values = {name: value for view, some in parts for name, value in measure(images, view, some).items()}
    return Scores(
        {name: values[name] for name in metrics}, {name: estimators[name] for name in metrics}, len(images), parts
    )


def _extractors(
    evaluators: Sequence[FeatureEvaluator], against: Images, weights: Path | None, report: Report
) -> list[Extractor]:
    """Those that `evaluators` need."""
    found: list[Extractor] = []
    if any(needs_inception(one) for one in evaluators):
        try:
            found.append(load_inception(weights))
        except WeightsMissingError as missing:
            other = f"fd_{against.extractor or 'pixels'}"
            raise WeightsMissingError(f"{missing}; --metrics {other} does without") from None
    if any(needs_pixels(one) for one in evaluators):
        found.append(Pixels())
    if against.extractor and not all(needs_inception(one) or needs_pixels(one) for one in evaluators):
        found.append(ensure_classifier(against.extractor, report))
    return found


def _wanted(metrics: Sequence[str]) -> list[FeatureEvaluator]:
    """The evaluators that give `metrics`."""
    by_metric = {metric.name: one for one in feature_evaluators() for metric in one.metrics}
    for name in metrics:
        if name not in by_metric:
            raise InputError(f"unknown metric '{name}'; {did_you_mean(name, by_metric)}")
    return [one for one in feature_evaluators() if any(by_metric[name] is one for name in metrics)]
