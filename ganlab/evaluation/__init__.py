"""How good generated samples are, and what the numbers of a training run warn of.

A new evaluator is one module here that calls `register`, imported below. References say which are their usual ones.
"""

from collections.abc import Callable

import torch

from ganlab.data.reference import Images, SampleReference
from ganlab.evaluation import (  # noqa: F401 (each registers)
    distances,
    divergences,
    energy,
    marginals,
    mmd,
    modes,
    moments,
    tails,
)
from ganlab.evaluation.base import EVALUATORS, Evaluation, Evaluator, Metric, applicable, register
from ganlab.evaluation.floors import Floors, floors_of
from ganlab.evaluation.points import PointEvaluation


def evaluation_on(
    reference: SampleReference | Images,
    count: int,
    device: torch.device,
    report: Callable[[str], None] = lambda text: None,
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
    if not reference.of_images:
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
    "evaluation_on",
    "floors_of",
    "register",
]
