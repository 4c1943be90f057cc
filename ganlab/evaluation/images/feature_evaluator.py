"""Evaluators of images by the features of an extractor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganlab.evaluation.base import EVALUATORS, Evaluator
from ganlab.evaluation.images.reference_features import RealFeatures

OWN_CLASSIFIER = "classifier"
"""In place of an extractor's name: the classifier that fits the reference's images, whichever that is."""


@dataclass(frozen=True, kw_only=True)
class FeatureEvaluator(Evaluator):
    """An evaluator of images whose `function` takes the subject and the `RealFeatures` of its extractor.

    Attributes:
        extractor: the name of the extractor, or `OWN_CLASSIFIER`.
        least: how many samples it needs.
        least_real: how many real images.
        applies_to: whether it can measure against images, where their extractor is there.
        floor: takes the real features and a count of samples, and gives what as many true ones score, for each metric
            of which that is known.
    """

    extractor: str
    least: int
    least_real: int
    applies_to: Callable[[Any], bool] = lambda reference: reference.of_images
    on_request: bool = True
    floor: Callable[[RealFeatures, int], dict[str, float]]

    def sees(self, real: RealFeatures) -> bool:
        """Whether it measures by these features."""
        names = [real.extractor.name, *([OWN_CLASSIFIER] if real.extractor.name == real.images.extractor else [])]
        return self.extractor in names and self.applies_to(real.images)


def feature_evaluators() -> list[FeatureEvaluator]:
    """Those that are registered, in the order of tables."""
    return [evaluator for evaluator in EVALUATORS if isinstance(evaluator, FeatureEvaluator)]


def choose(available: int, count: int) -> Tensor:
    """`count` seeded indices below `available`, or all of them if there are fewer."""
    return torch.from_numpy(np.random.default_rng(0).choice(available, min(count, available), replace=False))
