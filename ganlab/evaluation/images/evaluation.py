"""What is measured of images."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from ganlab import __version__
from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.evaluation.base import (
    EVALUATORS,
    Evaluation,
    Metric,
    evaluators_for,
    refuse_what_is_lacking,
)
from ganlab.evaluation.images.cache import cache_folder, kept
from ganlab.evaluation.images.extractors import EXTRACTORS, WeightsMissingError, named_weights, real_features
from ganlab.evaluation.images.feature_evaluator import OWN_CLASSIFIER, FeatureEvaluator, choose, feature_evaluators
from ganlab.evaluation.images.features import CPU, PRECISION, Extractor, Report, silent
from ganlab.evaluation.images.inception import NAME, URL
from ganlab.evaluation.images.pixels import NAME as PIXELS
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.evaluation.subject import SAMPLES_ALONE, Subject
from ganlab.extras import ExtraMissingError

ENOUGH_MODES = 0.95
"""The share of the modes that true samples of the same number cover below which a generator misses some."""


class ImageEvaluation(Evaluation):
    """The registered evaluators of images, on `count` samples against `reference`.

    Where the reference has a classifier of its own, its metrics are there, and Inception's if its weights are named;
    other images have Inception's or, where its weights are missing, the distance of coarse pixels. Other extractors are
    there if their weights are named or an evaluator of theirs is asked for.

    Attributes:
        absent: why a metric, or all those of an extractor, cannot be measured, in a sentence.
        notice: these sentences, and why no other real images can be measured, as one text; empty if nothing is absent.

    Args:
        reference: the real images.
        count: of the samples.
        device: where features are computed.
        given: what subjects give, in the words of `subject.NEEDS`.
        asked: names of further evaluators.
        weights: the file of Inception's weights; None for where `inception.find_weights` finds them.
        report: is told of work that takes a while.

    Raises:
        InputError: there are too few samples for any metric, a file of weights cannot be used, or what is asked for
            cannot be measured.
    """

    def __init__(
        self,
        reference: Images,
        count: int,
        device: torch.device = CPU,
        given: Collection[str] = SAMPLES_ALONE,
        asked: Sequence[str] = (),
        weights: Path | None = None,
        report: Report = silent,
    ) -> None:
        self.absent: dict[str, str] = {}
        self._reference = reference
        self._count = count
        self._given = given
        asked_for = [EVALUATORS[name] for name in asked]
        of_features = [one for one in asked_for if isinstance(one, FeatureEvaluator)]
        for one in of_features:
            refuse_what_is_lacking(one, reference, given)
        self._others_than_features = evaluators_for(
            reference, given, [one.name for one in asked_for if one not in of_features]
        )
        views = self._views({one.extractor for one in of_features}, device, weights, report)
        self._parts = [(real, self._measurable(real)) for real in views]
        self.metrics = {
            **{
                metric.name: metric_on(metric, real.extractor)
                for real, some in self._parts
                for one in some
                for metric in one.metrics
            },
            **{metric.name: metric for one in self._others_than_features for metric in one.metrics},
        }
        self.needs = frozenset(
            need
            for one in [*self._others_than_features, *(one for _, some in self._parts for one in some)]
            for need in one.needs
        )
        self._others, lack = _others(reference)
        self.notice = "; ".join([*self.absent.values(), *lack])
        if not self.metrics:
            raise InputError(f"nothing can be measured against {reference.name}: {self.notice}")
        self.modes = int(ENOUGH_MODES * self.floors().get("modes_covered", 0))

    def measure(self, subject: Subject) -> dict[str, float]:
        by_features = {
            name: value for real, some in self._parts for name, value in measure(subject, real, some).items()
        }
        others = [one.function(subject, self._reference) for one in self._others_than_features]
        return by_features | {name: value for values in others for name, value in values.items()}

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
        """Those by features are kept on disk: they take long, and every process of a sweep needs them."""

        def make() -> dict[str, float]:
            return {
                name: value
                for real, some in self._parts
                for one in some
                for name, value in one.floor(real, self._count).items()
            }

        others = [one.floor(self._reference, self._count) for one in self._others_than_features]
        return self._kept("floors", make) | {name: value for values in others for name, value in values.items()}

    @cached_property
    def _real(self) -> dict[str, float]:
        assert self._others is not None
        rows, labels = choose(len(self._others.images), self._count), self._others.labels
        subject = Subject(samples=self._others.images[rows], labels=None if labels is None else labels[rows])
        given = {"samples", *([] if labels is None else ["labels"])}

        def make() -> dict[str, float]:
            return {
                name: value
                for real, evaluators in self._parts
                for name, value in measure(subject, real, _able(evaluators, given, len(rows), real)).items()
            }

        return self._kept("real", make, self._others.fingerprint)

    def _kept(self, folder: str, make: Callable[[], dict[str, float]], *determined_by: str) -> dict[str, float]:
        """What `make` gives, kept in a `folder` of the cache under all that determines it."""
        code = [EVALUATORS.code_of(one.name) for _, some in self._parts for one in some]
        parts = [__version__, str(self._count), *self.metrics, *code, *(real.key for real, _ in self._parts)]
        key = hashlib.sha256("\n".join([*parts, *determined_by]).encode()).hexdigest()
        return kept(cache_folder() / folder / f"{key}.pt", make)

    def _views(
        self, asked: Collection[str], device: torch.device, weights: Path | None, report: Report
    ) -> list[RealFeatures]:
        """The reference as its extractors see it.

        Args:
            asked: extractors of evaluators that are asked for.
            device, weights, report: those of the class.
        """
        own = self._reference.extractor
        if OWN_CLASSIFIER in asked and own is None:
            raise InputError(f"there is no classifier that fits {self._reference.name}")
        wanted = {own, *asked} - {OWN_CLASSIFIER}
        found = []
        for source in EXTRACTORS:
            file = (
                named_weights(source.name, weights if source.name == NAME else None) if source.reads_weights else None
            )
            if source.name in wanted or file:
                found.append(real_features(source.load(device, file, report), self._reference, report, device))
            elif source.name == NAME:
                found += self._inception(device, report)
        if not found:
            self.absent[NAME] += "; until then, fd_pixels compares colours and coarse layout alone"
            found.append(real_features(EXTRACTORS[PIXELS].load(device, None, report), self._reference, report, device))
        return found

    def _inception(self, device: torch.device, report: Report) -> list[RealFeatures]:
        """The reference as Inception sees it, if its weights are found though not named; else it is noted why not."""
        try:
            if self._reference.extractor:
                raise WeightsMissingError(
                    "Inception says little of such images, and takes long; to have them all the same, give "
                    f"a copy of {URL} with --inception-weights"
                )
            return [real_features(EXTRACTORS[NAME].load(device, None, report), self._reference, report, device)]
        except (WeightsMissingError, ExtraMissingError) as missing:
            names = [metric.name for one in feature_evaluators() if one.extractor == NAME for metric in one.metrics]
            self.absent[NAME] = f"no {', '.join(names)}: {missing}"
            return []

    def _measurable(self, real: RealFeatures) -> list[FeatureEvaluator]:
        """The evaluators that measure by these features and have images enough; of the others it is noted why not."""
        some = []
        for one in feature_evaluators():
            if one.sees(real) and set(one.needs) <= set(self._given):
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


def _able(
    evaluators: Iterable[FeatureEvaluator], given: Collection[str], count: int, real: RealFeatures
) -> list[FeatureEvaluator]:
    """Those of `evaluators` for which `count` samples, and what is given, are enough."""
    return [one for one in evaluators if set(one.needs) <= set(given) and not shortage(one, count, real)]


def metric_on(metric: Metric, extractor: Extractor) -> Metric:
    """`metric` with the extractor among what its estimator says, so that no other shares a column with it."""
    about = extractor.describe()
    words = f"{about.get('network', extractor.name)}, weights {extractor.weights[:12]}, resize {extractor.resize}"
    return replace(metric, estimator=f"{metric.estimator} [{words}]")


def measure(subject: Subject, real: RealFeatures, evaluators: Iterable[FeatureEvaluator]) -> dict[str, float]:
    """The values of `evaluators`, of a subject whose samples are uint8 [n, C, H, W], against `real`.

    Raises:
        InputError: there are too few samples, or they are of another shape than the real images, or than the extractor
            takes.
    """
    samples, evaluators = subject.samples, list(evaluators)
    for one in evaluators:
        lack = shortage(one, len(samples), real)
        if lack:
            raise InputError(lack)
    shape = real.images.images.shape[1:]
    if samples.shape[1:] != shape and not EXTRACTORS[real.extractor.name].resizes:
        raise InputError(
            f"the images are of shape {list(samples.shape[1:])}, and {real.images.name} of shape {list(shape)}; "
            "give images of the same size and channels; --size N brings both to one size"
        )
    return {name: value for one in evaluators for name, value in one.function(subject, real).items()}


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
