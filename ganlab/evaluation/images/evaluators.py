"""The metrics of images: on which extractor's features, from how many samples, and what true images score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.data.reference import Array
from ganlab.evaluation.base import EVALUATORS, Evaluator, Metric, register
from ganlab.evaluation.images import inception, kernel, neighbours, pixels, stacked_modes
from ganlab.evaluation.images import inception_score as score
from ganlab.evaluation.images.classifier import CLASSIFIERS, Classifier
from ganlab.evaluation.images.features import Features
from ganlab.evaluation.images.frechet import frechet_distance, frechet_floor
from ganlab.evaluation.images.reference_features import RealFeatures

TESTED = 5_000
"""Real images of which it is asked whether they lie near others."""


@dataclass(frozen=True, kw_only=True)
class FeatureEvaluator(Evaluator):
    """An evaluator of images: its `function` takes generated `Features` and `RealFeatures` of the same extractor.

    Attributes:
        least: how many samples it needs.
        least_real: how many real images.
        floor: takes the real features and a count of samples, and gives what as many true ones score, for each metric
            of which that is known.
    """

    least: int
    least_real: int
    floor: Callable[[RealFeatures, int], dict[str, float]]


def feature_evaluators() -> list[FeatureEvaluator]:
    """Those that are registered, in the order of tables."""
    return [evaluator for evaluator in EVALUATORS if isinstance(evaluator, FeatureEvaluator)]


def needs_inception(evaluator: FeatureEvaluator) -> bool:
    return evaluator.applies is uses_inception


def needs_pixels(evaluator: FeatureEvaluator) -> bool:
    return evaluator.applies is uses_pixels


def uses_inception(real: Any) -> bool:
    return isinstance(real, RealFeatures) and real.extractor.name == inception.NAME


def uses_pixels(real: Any) -> bool:
    return isinstance(real, RealFeatures) and real.extractor.name == pixels.NAME


def uses_classifier(real: Any) -> bool:
    return isinstance(real, RealFeatures) and isinstance(real.extractor, Classifier)


def _register_frechet(metric: str, extractor: str, paper: str, applies: Callable[[Any], bool]) -> None:
    def floor(real: RealFeatures, count: int) -> dict[str, float]:
        dimensions = real.features.values.shape[1]
        known = min(count, len(real)) > dimensions  # below, the expansion does not hold
        return {metric: frechet_floor(real.moments, count)} if known else {}

    register(
        FeatureEvaluator(
            name=metric.replace("_", "-"),
            summary=f"Fréchet distance of {extractor}",
            paper=paper,
            metrics=(Metric(name=metric, better="lower", estimator=f"Fréchet distance of {extractor}"),),
            function=lambda samples, real: {metric: frechet_distance(samples.values, real.moments)},
            floor=floor,
            least=2,
            least_real=2,
            applies=applies,
        )
    )


def _register_score(metric: str, estimator: str, paper: str, applies: Callable[[Any], bool]) -> None:
    def floor(real: RealFeatures, count: int) -> dict[str, float]:
        enough = min(count, len(real)) >= score.SPLITS
        return {metric: score.inception_score(real.features.logits[choose(len(real), count)])} if enough else {}

    register(
        FeatureEvaluator(
            name=metric.replace("_", "-"),
            summary=f"how sure and how varied the classes are: {estimator}",
            paper=paper,
            metrics=(Metric(name=metric, better="higher", estimator=f"{estimator}; mean over {score.SPLITS} splits"),),
            function=lambda samples, real: {metric: score.inception_score(samples.logits)},
            floor=floor,
            least=score.SPLITS,
            least_real=0,
            applies=applies,
        )
    )


def _is_trained_on(name: str) -> Callable[[Any], bool]:
    return lambda real: uses_classifier(real) and real.extractor.name == name


def _has_classes_alone(real: Any) -> bool:
    return uses_classifier(real) and not real.images.modes


def _has_modes(real: Any) -> bool:
    return uses_classifier(real) and bool(real.images.modes) and real.images.labels is not None


def _neighbours(samples: Features, real: RealFeatures) -> dict[str, float]:
    return neighbours.precision_recall_density_coverage(samples.values, real.features.values, real.radii)


def _neighbours_floor(real: RealFeatures, count: int) -> dict[str, float]:
    """Precision and recall of real images against other real ones; density and coverage in closed form.

    Recall is the share of real images near one of `count`, so precision with `count` real ones.
    """
    values = real.features.values
    among = values[choose(len(values), count)]
    return {
        "precision": neighbours.true_precision(values, real.radii, choose(len(values), TESTED)),
        "recall": neighbours.true_precision(among, neighbours.radii(among), choose(len(among), TESTED)),
        "density": 1.0,
        "coverage": neighbours.true_coverage(count, len(values)),
    }


def _modes(samples: Features, real: RealFeatures) -> dict[str, float]:
    counts = stacked_modes.count_modes(samples.logits, real.images.modes, _classes(real))
    return stacked_modes.mode_metrics(counts, _true_shares(real))


def _true_shares(real: RealFeatures) -> Array:
    assert real.images.labels is not None
    return stacked_modes.true_shares(real.images.labels, real.images.modes, _classes(real))


def _classes(real: RealFeatures) -> int:
    assert isinstance(real.extractor, Classifier)
    return real.extractor.classes


def choose(available: int, count: int) -> Tensor:
    """`count` seeded indices below `available`, or all of them if there are fewer."""
    return torch.from_numpy(np.random.default_rng(0).choice(available, min(count, available), replace=False))


_register_frechet("fid", "features of Inception (2015-12-05, layer 2048)", "arXiv:1706.08500", uses_inception)
_register_score("inception_score", "Inception score, of unbiased logits", "arXiv:1606.03498", uses_inception)
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
        function=lambda samples, real: {"kid": kernel.kernel_distance(samples.values, real.features.values)},
        floor=lambda real, count: {"kid": 0.0},
        least=kernel.SUBSET,
        least_real=kernel.SUBSET,
        applies=uses_inception,
    )
)
register(
    FeatureEvaluator(
        name="neighbours",
        summary="how samples and real images lie in each other's neighbourhoods, by features of Inception",
        paper="arXiv:2002.09797",
        metrics=(
            Metric(name="precision", better="higher", estimator="samples in a real image's ball, Inception, k = 3"),
            Metric(name="recall", better="higher", estimator="real images in a sample's ball, Inception, k = 3"),
            Metric(name="density", better="higher", estimator="real balls around a sample over k, Inception, k = 5"),
            Metric(name="coverage", better="higher", estimator="real balls that hold a sample, Inception, k = 5"),
        ),
        function=_neighbours,
        floor=_neighbours_floor,
        least=neighbours.DENSITY_K + 1,
        least_real=neighbours.DENSITY_K + 1,
        applies=uses_inception,
    )
)
for _name in CLASSIFIERS:
    _register_frechet(f"fd_{_name}", f"features of a classifier of {_name}", "", _is_trained_on(_name))
_register_frechet("fd_pixels", f"pixels averaged to {pixels.SIDE} x {pixels.SIDE}", "", uses_pixels)
_register_score("classifier_score", "Inception score's formula, of the classifier's logits", "", _has_classes_alone)
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
        function=_modes,
        floor=lambda real, count: stacked_modes.mode_floors(_true_shares(real), count),
        least=1,
        least_real=0,
        applies=_has_modes,
    )
)
