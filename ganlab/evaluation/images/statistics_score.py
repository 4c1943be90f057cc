"""What images score against the mean and covariance of features that another program kept, and the reverse."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from ganlab.data.feature_statistics import FeatureStatistics
from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.evaluation.images.features import Features, Report
from ganlab.evaluation.images.frechet import Normal, frechet_between, frechet_distance, normal
from ganlab.evaluation.images.inception import FEATURES, load_inception
from ganlab.evaluation.images.inception_score import inception_score
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.evaluation.images.scores import Scores, estimator_of, evaluator_of, measurable

CAUTION = (
    "statistics in a file are comparable only if made as those of the other side: with the same weights, resizing and "
    "kind of image files; the file says neither that nor of how many images they are. pytorch-fid has the weights of "
    "this program and clean-fid those of the same network, but each resizes images to 299x299 in a way of its own"
)


def score_statistics(
    images: Tensor | FeatureStatistics,
    against: Images | FeatureStatistics,
    metrics: Sequence[str] | None,
    weights: Path | None,
    report: Report,
    device: torch.device,
) -> Scores:
    """What `images` score against real ones where at least one side is statistics; the arguments are those of `score`.

    FID is the same whichever side the statistics are. The Inception score needs images on the first side alone.

    Raises:
        InputError: the statistics are not of Inception's last features, another metric is asked for, or there are too
            few images.
    """
    statistics = [one for one in (images, against) if isinstance(one, FeatureStatistics)]
    for one in statistics:
        _require_inceptions(one)
    names, left_out = measurable(metrics, lambda name: _lack(name, images, against, statistics[0].name))
    notes = [*left_out, CAUTION]
    if isinstance(images, FeatureStatistics) and isinstance(against, FeatureStatistics):
        distance = frechet_between(_normal(images), _normal(against))
        return Scores({"fid": distance}, {"fid": "Fréchet distance of the statistics in the two files"}, notes)
    inception = load_inception(weights, device)
    if isinstance(images, Tensor):
        assert isinstance(against, FeatureStatistics)
        values = _of_images(inception.extract(images), against, names)
    else:
        assert isinstance(against, Images)
        real = RealFeatures(inception, against, report, device).features
        values = {"fid": frechet_distance(real.values, _normal(images))}
    return Scores(values, {name: estimator_of(name, inception) for name in names}, notes)


def _of_images(features: Features, against: FeatureStatistics, names: Sequence[str]) -> dict[str, float]:
    measures = {
        "fid": lambda: frechet_distance(features.values, _normal(against)),
        "inception_score": lambda: inception_score(features.logits),
    }
    return {name: measures[name]() for name in names}


def _lack(metric: str, images: Tensor | FeatureStatistics, against: Images | FeatureStatistics, name: str) -> str:
    """Why `metric` cannot be measured, in a sentence; empty if it can."""
    if metric == "inception_score" and isinstance(images, FeatureStatistics):
        return f"no inception_score: {images.name} holds statistics, and it is a score of images; give these"
    if metric not in ("fid", "inception_score"):
        return f"no {metric}: {name} holds statistics, against which there is fid alone; give the images for more"
    counts = [len(images)] if isinstance(images, Tensor) else []
    counts += [len(against.images)] if isinstance(against, Images) else []
    least = evaluator_of(metric).least
    return "".join(f"no {metric}: at least {least:,} images are needed, not {n:,}" for n in counts if n < least)


def _require_inceptions(statistics: FeatureStatistics) -> None:
    count = len(statistics.mean)
    if count != FEATURES:
        raise InputError(
            f"{statistics.name} holds statistics of {count:,} features; FID is of the {FEATURES:,} of Inception's last "
            "pooling (--dims 2048 of pytorch-fid, model_name inception_v3 of clean-fid)"
        )


def _normal(statistics: FeatureStatistics) -> Normal:
    return normal(statistics.mean, statistics.covariance)
