"""The quality of images in files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ganlab.data.feature_statistics import FeatureStatistics
from ganlab.data.reference import Images
from ganlab.evaluation.images.evaluation import measure, shortage
from ganlab.evaluation.images.extractors import EXTRACTORS, WeightsMissingError, real_features
from ganlab.evaluation.images.feature_evaluator import OWN_CLASSIFIER, FeatureEvaluator, feature_evaluators
from ganlab.evaluation.images.features import Extractor, Report, available_device, silent
from ganlab.evaluation.images.inception import FEATURES, NAME
from ganlab.evaluation.images.scores import DEFAULT, Scores, estimator_of, evaluator_of, known_metrics, measurable
from ganlab.evaluation.images.statistics_score import score_statistics
from ganlab.evaluation.subject import Subject


def score(
    images: Tensor | FeatureStatistics,
    against: Images | FeatureStatistics,
    metrics: Sequence[str] | None = None,
    weights: Path | None = None,
    report: Report = silent,
    device: torch.device | None = None,
) -> Scores:
    """What `images` score against real ones by `metrics`, in their order.

    Args:
        images: uint8 [n, C, H, W], or the statistics of their features.
        against: the real images, or the statistics of theirs.
        metrics: names, such as ``"fid"``, in any case; None for those of `DEFAULT` that can be measured.
        weights: the file of Inception's weights; None for where `inception.find_weights` finds them.
        report: is told of work that takes a while.
        device: where features are computed; None for a GPU if there is one.

    Raises:
        InputError: a metric is unknown or does not exist for these real images, there are too few images for it, they
            are of another shape than the real ones, or Inception's weights are wanted and missing.
    """
    if isinstance(images, FeatureStatistics) or isinstance(against, FeatureStatistics):
        return score_statistics(images, against, metrics, weights, report, device or available_device())
    wanted = {evaluator_of(name).name for name in known_metrics(metrics or DEFAULT)}
    evaluators = [one for one in feature_evaluators() if one.name in wanted]
    where = device or available_device()
    views = [
        real_features(extractor, against, report, where)
        for extractor in _extractors(evaluators, against, weights, report, where)
    ]
    view_of = {metric.name: view for view in views for one in evaluators if one.sees(view) for metric in one.metrics}

    def lack(name: str) -> str:
        if name not in view_of:
            return f"there is no '{name}' against {against.name}; choose another metric"
        return shortage(evaluator_of(name), len(images), view_of[name])

    names, left_out = measurable(metrics, lack)
    measured = {evaluator_of(name).name for name in names}
    parts = [(view, [one for one in evaluators if one.name in measured and one.sees(view)]) for view in views]
    subject = Subject(samples=images)
    values = {name: value for view, some in parts for name, value in measure(subject, view, some).items()}
    return Scores(
        {name: values[name] for name in names},
        {name: estimator_of(name, view_of[name].extractor) for name in names},
        [*left_out, *_few(names, len(images), len(against.images))],
        len(images),
        parts,
    )


def _extractors(
    evaluators: Sequence[FeatureEvaluator],
    against: Images,
    weights: Path | None,
    report: Report,
    device: torch.device,
) -> list[Extractor]:
    """Those that `evaluators` need; classifiers are loaded for their own images alone."""
    wanted = {against.extractor if one.extractor == OWN_CLASSIFIER else one.extractor for one in evaluators}
    found: list[Extractor] = []
    for source in EXTRACTORS:
        if source.name in wanted and source.fits(against):
            try:
                found.append(source.load(device, weights if source.name == NAME else None, report))
            except WeightsMissingError as missing:
                other = f"fd_{against.extractor or 'pixels'}"
                raise WeightsMissingError(f"{missing}; --metrics {other} does without") from None
    return found


def _few(names: Sequence[str], *counts: int) -> list[str]:
    """A note where FID is of fewer images than there are features."""
    if "fid" not in names or min(counts) > FEATURES:
        return []
    return [
        f"fid of {min(counts):,} images, no more than Inception has features ({FEATURES:,}), is biased upwards; "
        "compare it only with that of as many images"
    ]
