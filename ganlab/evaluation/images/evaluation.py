"""What is measured of images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor

from ganlab import __version__
from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.evaluation.base import Evaluation, Metric
from ganlab.evaluation.images.cache import cache_folder, kept
from ganlab.evaluation.images.classifier import ensure_classifier
from ganlab.evaluation.images.evaluators import FeatureEvaluator, choose, feature_evaluators, needs_inception
from ganlab.evaluation.images.features import PRECISION, Extractor, Report, silent
from ganlab.evaluation.images.inception import NAME, URL, WeightsMissingError, load_inception, names_weights
from ganlab.evaluation.images.pixels import Pixels
from ganlab.evaluation.images.reference_features import RealFeatures

ENOUGH_MODES = 0.95
"""The share of the modes that true samples of the same number cover below which a generator misses some."""


class ImageEvaluation(Evaluation):
    """The registered evaluators of images, on `count` samples against `reference`.

    Where the reference has a classifier of its own, its metrics are there, and Inception's if its weights are named;
    other images have Inception's or, where its weights are missing, the distance of coarse pixels.

    Attributes:
        absent: why a metric, or all those of an extractor, cannot be measured, in a sentence.
        notice: these sentences, and why no other real images can be measured, as one text; empty if nothing is absent.

    Args:
        reference: the real images.
        count: of the samples.
        weights: the file of Inception's weights; None for where `inception.find_weights` finds them.
        report: is told of work that takes a while.

    Raises:
        InputError: there are too few samples for any metric, or a file of weights cannot be used.
    """

    def __init__(self, reference: Images, count: int, weights: Path | None = None, report: Report = silent) -> None:
        self.absent: dict[str, str] = {}
        self._reference = reference
        self._count = count
        self._parts = [(real, self._measurable(real)) for real in self._views(weights, report)]
        self.metrics = {
            metric.name: metric_on(metric, real.extractor)
            for real, some in self._parts
            for one in some
            for metric in one.metrics
        }
        self._others, lack = _others(reference)
        self.notice = "; ".join([*self.absent.values(), *lack])
        if not self.metrics:
            raise InputError(f"nothing can be measured against {reference.name}: {self.notice}")
        self.modes = int(ENOUGH_MODES * self.floors().get("modes_covered", 0))

    def measure(self, samples: Tensor) -> dict[str, float]:
        return {name: value for real, some in self._parts for name, value in measure(samples, real, some).items()}

    def floors(self) -> dict[str, float]:
        return self._floors

    def real(self) -> dict[str, Any] | None:
        """At most as many other real images as there are samples, chosen by a seed; metrics that need more are out."""
        if self._others is None:
            return None
        available = len(self._others.images)
        part = f"{self._count:,} of " if available > self._count else ""
        return {"samples": f"{part}{self._others.name}", "metrics": self._real}

    def protocol(self) -> dict[str, Any]:
        return {
            "reference": self._reference.name,
            "reference_sha256": self._reference.fingerprint,
            "reference_images": len(self._reference.images),
            "uint8": "round((x + 1) * 127.5), clamped to 0..255",
            "precision": PRECISION,
            "extractors": {real.extractor.name: real.extractor.describe() for real, _ in self._parts},
            "absent": self.absent,
        }

    @cached_property
    def _floors(self) -> dict[str, float]:
        """Kept on disk: those of neighbours take long, and every process of a sweep needs them."""

        def make() -> dict[str, float]:
            return {
                name: value
                for real, some in self._parts
                for one in some
                for name, value in one.floor(real, self._count).items()
            }

        return self._kept("floors", make)

    @cached_property
    def _real(self) -> dict[str, float]:
        assert self._others is not None
        images = self._others.images[choose(len(self._others.images), self._count)]

        def make() -> dict[str, float]:
            return {
                name: value
                for real, evaluators in self._parts
                for name, value in measure(images, real, _able(evaluators, len(images), real)).items()
            }

        return self._kept("real", make, self._others.fingerprint)

    def _kept(self, folder: str, make: Callable[[], dict[str, float]], *determined_by: str) -> dict[str, float]:
        """What `make` gives, kept in a `folder` of the cache under all that determines it."""
        parts = (__version__, str(self._count), *self.metrics, *(real.key for real, _ in self._parts), *determined_by)
        key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return kept(cache_folder() / folder / f"{key}.pt", make)

    def _views(self, weights: Path | None, report: Report) -> list[RealFeatures]:
        """The reference as its extractors see it."""
        found = []
        try:
            if self._reference.extractor and not names_weights(weights):
                raise WeightsMissingError(
                    "Inception says little of such images, and takes long; to have them all the same, give "
                    f"a copy of {URL} with --inception-weights"
                )
            found.append(RealFeatures(load_inception(weights), self._reference, report))
        except WeightsMissingError as missing:
            names = [metric.name for one in feature_evaluators() if needs_inception(one) for metric in one.metrics]
            self.absent["inception"] = f"no {', '.join(names)}: {missing}"
        if self._reference.extractor:
            classifier = ensure_classifier(self._reference.extractor, report)
            found.append(RealFeatures(classifier, self._reference, report))
        if not found:
            self.absent["inception"] += "; until then, fd_pixels compares colours and coarse layout alone"
            found.append(RealFeatures(Pixels(), self._reference, report))
        return found

    def _measurable(self, real: RealFeatures) -> list[FeatureEvaluator]:
        """The evaluators that apply and have images enough; of the others it is noted why."""
        some = []
        for one in feature_evaluators():
            if one.applies(real):
                lack = shortage(one, self._count, real)
                if lack:
                    self.absent[one.name] = lack
                else:
                    some.append(one)
        return some


def _others(reference: Images) -> tuple[Images | None, list[str]]:
    """The real images outside the `reference`, or why they cannot be read."""
    if reference.others is None:
        return None, []
    try:
        return reference.others(), []
    except InputError as error:
        return None, [f"no line of real images: {error}"]


def _able(evaluators: Iterable[FeatureEvaluator], count: int, real: RealFeatures) -> list[FeatureEvaluator]:
    """Those of `evaluators` for which `count` samples are enough."""
    return [one for one in evaluators if not shortage(one, count, real)]


def metric_on(metric: Metric, extractor: Extractor) -> Metric:
    """`metric` with the extractor among what its estimator says, so that no other shares a column with it."""
    about = extractor.describe()
    words = f"{about['network']}, weights {about['weights_sha256'][:12]}, resize {about['resize']}"
    return replace(metric, estimator=f"{metric.estimator} [{words}]")


def measure(samples: Tensor, real: RealFeatures, evaluators: Iterable[FeatureEvaluator]) -> dict[str, float]:
    """The values of `evaluators`, of `samples` uint8 [n, C, H, W] against `real`; features are computed once.

    Raises:
        InputError: there are too few samples, or they are of another shape than the real images, or than the extractor
            takes.
    """
    evaluators = list(evaluators)
    for one in evaluators:
        lack = shortage(one, len(samples), real)
        if lack:
            raise InputError(lack)
    shape = real.images.images.shape[1:]
    if samples.shape[1:] != shape and real.extractor.name != NAME:  # Inception brings all images to one shape
        raise InputError(
            f"the images are of shape {list(samples.shape[1:])}, and {real.images.name} of shape {list(shape)}; "
            "give images of the same size and channels; --size N brings both to one size"
        )
    features = real.extractor.extract(samples)
    return {name: value for one in evaluators for name, value in one.function(features, real).items()}


def shortage(evaluator: FeatureEvaluator, count: int, real: RealFeatures) -> str:
    """Why there are not images enough for `evaluator`, in a sentence; empty if there are."""
    names = ", ".join(metric.name for metric in evaluator.metrics)
    if count < evaluator.least:
        return f"no {names}: at least {evaluator.least:,} samples are needed, and {_there(count)}"
    if len(real) < evaluator.least_real:
        return f"no {names}: at least {evaluator.least_real:,} real images are needed, and {_there(len(real))}"
    return ""


def _there(count: int) -> str:
    return "there is 1" if count == 1 else f"there are {count:,}"
