"""How good generated samples are, and what the numbers of a training run warn of.

A new evaluator is one module here that calls `register`, imported below. The first metric that applies to a
reference is the first in its tables, so `distances` stays the first import.
"""

from collections.abc import Callable

import torch

from ganlab.data.reference import Images, Reference
from ganlab.evaluation import distances, divergences, energy, mmd, modes, moments, tails  # noqa: F401 (each registers)
from ganlab.evaluation.base import EVALUATORS, Evaluation, Evaluator, Metric, applicable, register
from ganlab.evaluation.floors import Floors, floors_of
from ganlab.evaluation.histogram import histogram
from ganlab.evaluation.points import PointEvaluation, describe_reference, picture_of


def evaluation_on(
    reference: Reference, count: int, device: torch.device, report: Callable[[str], None] = lambda text: None
) -> Evaluation:
    """What is measured of `count` samples against `reference`.

    Args:
        reference: the truth.
        count: of the samples.
        device: where features of images are computed.
        report: is told, in words, of preparations that take a while.

    Raises:
        InputError: nothing can be measured.
    """
    if not isinstance(reference, Images):
        return PointEvaluation(reference, count)
    from ganlab.evaluation.images import ImageEvaluation, compute_on

    compute_on(device)
    return ImageEvaluation(reference, count, report=report)


__all__ = [
    "EVALUATORS",
    "Evaluation",
    "Evaluator",
    "Floors",
    "Metric",
    "applicable",
    "describe_reference",
    "evaluation_on",
    "floors_of",
    "histogram",
    "picture_of",
    "register",
]
