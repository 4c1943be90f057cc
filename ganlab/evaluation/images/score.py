"""The quality of images that lie ready."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.evaluation.images.classifier import ensure_classifier
from ganlab.evaluation.images.evaluation import measure
from ganlab.evaluation.images.evaluators import FeatureEvaluator, feature_evaluators, needs_inception
from ganlab.evaluation.images.features import Extractor, Report, silent
from ganlab.evaluation.images.inception import load_inception
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.registry import did_you_mean


def score(
    images: Tensor,
    against: Images,
    metrics: Sequence[str],
    weights: Path | None = None,
    report: Report = silent,
) -> dict[str, float]:
    """The values of `metrics`, by name and in their order, of `images` against real ones.

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
    extractors: list[Extractor] = []
    if any(needs_inception(one) for one in evaluators):
        extractors.append(load_inception(weights))
    if against.extractor and not all(needs_inception(one) for one in evaluators):
        extractors.append(ensure_classifier(against.extractor, report))

    views = [RealFeatures(extractor, against, report) for extractor in extractors]
    parts = [(view, [one for one in evaluators if one.applies(view)]) for view in views]
    there = {metric.name for _, some in parts for one in some for metric in one.metrics}
    for name in metrics:
        if name not in there:
            raise InputError(f"there is no '{name}' against {against.name}; choose another metric")
    values = {name: value for view, some in parts for name, value in measure(images, view, some).items()}
    return {name: values[name] for name in metrics}


def _wanted(metrics: Sequence[str]) -> list[FeatureEvaluator]:
    """The evaluators that give `metrics`."""
    by_metric = {metric.name: one for one in feature_evaluators() for metric in one.metrics}
    for name in metrics:
        if name not in by_metric:
            raise InputError(f"unknown metric '{name}'; {did_you_mean(name, by_metric)}")
    return [one for one in feature_evaluators() if any(by_metric[name] is one for name in metrics)]
