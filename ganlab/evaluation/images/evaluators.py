"""The metrics of images beside Fréchet distances: by which extractor, from how many samples, and their floors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from ganlab.data.reference import Array
from ganlab.evaluation.base import Metric, register
from ganlab.evaluation.images import inception, kid, prdc, stacked_modes
from ganlab.evaluation.images import inception_score as score
from ganlab.evaluation.images.classifier import Classifier
from ganlab.evaluation.images.feature_evaluator import OWN_CLASSIFIER, FeatureEvaluator, choose
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.evaluation.subject import Subject

TESTED = 5_000
"""Real images of which it is asked whether they lie near others."""


def _register_score(metric: str, estimator: str, paper: str, extractor: str, applies: Callable[[Any], bool]) -> None:
    def floor(real: RealFeatures, count: int) -> dict[str, float]:
        enough = min(count, len(real)) >= score.SPLITS
        return {metric: score.inception_score(real.features.logits[choose(len(real), count)])} if enough else {}

    register(
        FeatureEvaluator(
            name=metric.replace("_", "-"),
            summary=f"how sure and how varied the classes are: {estimator}",
            paper=paper,
            metrics=(Metric(name=metric, better="higher", estimator=f"{estimator}; mean over {score.SPLITS} splits"),),
            extractor=extractor,
            function=lambda subject, real: {metric: score.inception_score(subject.features(real.extractor).logits)},
            floor=floor,
            least=score.SPLITS,
            least_real=0,
            applies_to=applies,
        )
    )


def _is_images(reference: Any) -> bool:
    return bool(reference.of_images)


def _has_classes_alone(reference: Any) -> bool:
    return _is_images(reference) and bool(reference.extractor) and not reference.modes


def _has_modes(reference: Any) -> bool:
    return _is_images(reference) and bool(reference.extractor and reference.modes) and reference.labels is not None


def _prdc(subject: Subject, real: RealFeatures) -> dict[str, float]:
    values = subject.features(real.extractor).values
    return prdc.precision_recall_density_coverage(values, real.features.values, real.radii, real.device)


def _prdc_floor(real: RealFeatures, count: int) -> dict[str, float]:
    """Precision and recall of real images against other real ones; density and coverage in closed form.

    Recall is the share of real images near one of `count`, so precision with `count` real ones.
    """
    values, device = real.features.values, real.device
    among = values[choose(len(values), count)]
    return {
        "precision": prdc.true_precision(values, real.radii, choose(len(values), TESTED), device),
        "recall": prdc.true_precision(among, prdc.radii(among, device), choose(len(among), TESTED), device),
        "density": 1.0,
        "coverage": prdc.true_coverage(count, len(values)),
    }


def _modes(subject: Subject, real: RealFeatures) -> dict[str, float]:
    logits = subject.features(real.extractor).logits
    counts = stacked_modes.count_modes(logits, real.images.modes, _classes(real))
    return stacked_modes.mode_metrics(counts, _true_shares(real))


def _true_shares(real: RealFeatures) -> Array:
    assert real.images.labels is not None
    return stacked_modes.true_shares(real.images.labels, real.images.modes, _classes(real))


def _has_labels(reference: Any) -> bool:
    return _is_images(reference) and bool(reference.extractor) and reference.labels is not None


def _classes(real: RealFeatures) -> int:
    assert isinstance(real.extractor, Classifier)
    return real.extractor.classes


def _class_accuracy(subject: Subject, real: RealFeatures) -> dict[str, float]:
    assert subject.labels is not None
    return {"class_accuracy": _share_right(subject.features(real.extractor).logits, subject.labels, real)}


def _share_right(logits: Tensor, labels: Tensor, real: RealFeatures) -> float:
    """The share of images that the classifier assigns to their label; stacked ones need all their digits right."""
    return float((stacked_modes.modes_of(logits, _classes(real)) == labels.numpy()).mean())


def _class_accuracy_floor(real: RealFeatures, count: int) -> dict[str, float]:
    assert real.images.labels is not None
    return {"class_accuracy": _share_right(real.features.logits, real.images.labels, real)}


_register_score(
    "inception_score", "Inception score, of unbiased logits", "arXiv:1606.03498", inception.NAME, _is_images
)
register(
    FeatureEvaluator(
        name="kid",
        summary="kernel distance of the features of Inception, without bias",
        paper="arXiv:1801.01401",
        metrics=(
            Metric(
                name="kid",
                better="lower",
                estimator="unbiased MMD^2 of Inception features, cubic kernel, mean over 100 subsets of 1,000",
            ),
        ),
        extractor=inception.NAME,
        function=lambda subject, real: {
            "kid": kid.kernel_inception_distance(subject.features(real.extractor).values, real.features.values)
        },
        floor=lambda real, count: {"kid": 0.0},
        least=kid.SUBSET,
        least_real=kid.SUBSET,
    )
)
register(
    FeatureEvaluator(
        name="prdc",
        summary="how samples and real images lie in each other's neighbourhoods, by features of Inception",
        paper="arXiv:2002.09797",
        metrics=(
            Metric(name="precision", better="higher", estimator="samples in a real image's ball, Inception, k = 3"),
            Metric(name="recall", better="higher", estimator="real images in a sample's ball, Inception, k = 3"),
            Metric(name="density", better="higher", estimator="real balls around a sample over k, Inception, k = 5"),
            Metric(name="coverage", better="higher", estimator="real balls that hold a sample, Inception, k = 5"),
        ),
        extractor=inception.NAME,
        function=_prdc,
        floor=_prdc_floor,
        least=prdc.DENSITY_K + 1,
        least_real=prdc.DENSITY_K + 1,
    )
)
_register_score(
    "classifier_score", "Inception score's formula, of the classifier's logits", "", OWN_CLASSIFIER, _has_classes_alone
)
register(
    FeatureEvaluator(
        name="stacked-modes",
        summary="which combinations of stacked digits occur, and their divergence from the true shares",
        paper="arXiv:1712.04086",
        metrics=(
            Metric(
                name="modes_covered",
                better="higher",
                estimator="combinations of digits with at least one sample, by the classifier",
            ),
            Metric(name="mode_kl", better="lower", estimator="KL(samples || truth) over combinations of digits, nats"),
        ),
        extractor=OWN_CLASSIFIER,
        function=_modes,
        floor=lambda real, count: stacked_modes.mode_floors(_true_shares(real), count),
        least=1,
        least_real=0,
        applies_to=_has_modes,
    )
)
register(
    FeatureEvaluator(
        name="class-accuracy",
        summary="share of conditional samples that a classifier assigns to the class they were made for",
        paper="arXiv:1610.09585",
        metrics=(
            Metric(
                name="class_accuracy",
                better="higher",
                estimator="share of samples that the classifier of the data assigns to the class they were made for; "
                "of stacked digits, all of them",
            ),
        ),
        needs=("samples", "labels"),
        extractor=OWN_CLASSIFIER,
        function=_class_accuracy,
        floor=_class_accuracy_floor,
        least=1,
        least_real=1,
        applies_to=_has_labels,
    )
)
