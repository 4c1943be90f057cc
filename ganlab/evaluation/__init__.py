"""How good generated samples are, and what the numbers of a training run warn of.

A new evaluator is one module here that calls `register`, imported below. References say which are their usual ones.
"""

from collections.abc import Callable, Collection, Sequence

import torch

from ganlab.data.reference import Images, SampleReference
from ganlab.evaluation import (  # noqa: F401 (each registers)
    anomalies,
    conditional,
    correlations,
    distances,
    divergences,
    energy,
    marginals,
    mmd,
    modes,
    moments,
    optimal_discriminator,
    reconstruction,
    tails,
    two_sample_test,
)
from ganlab.evaluation.base import EVALUATORS, Evaluation, Evaluator, Metric, evaluators_for, register
from ganlab.evaluation.floors import Floors, floors_of
from ganlab.evaluation.points import PointEvaluation
from ganlab.evaluation.subject import SAMPLES_ALONE, Subject, given_by_training
from ganlab.registry import canonical


def find_evaluator(name: str) -> Evaluator:
    """The evaluator that a user calls `name`, of images or of anything else, in any case and with any hyphens.

    Raises:
        InputError: there is none.
    """
    import ganlab.evaluation.images  # noqa: F401 (registers its evaluators)

    return EVALUATORS[canonical(name, EVALUATORS.names)]


def evaluation_on(
    reference: SampleReference | Images,
    count: int,
    device: torch.device,
    given: Collection[str] = SAMPLES_ALONE,
    asked: Sequence[str] = (),
    report: Callable[[str], None] = lambda text: None,
) -> Evaluation:
    """What is measured of subjects with `count` samples against `reference`.

    Args:
        reference: the truth.
        count: of the samples.
        device: where features of images are computed.
        given: what the subjects give, in the words of `subject.NEEDS`.
        asked: evaluators beside the usual ones.
        report: is told, in words, of preparations that take a while.

    Raises:
        InputError: nothing can be measured, or not what is asked for.
    """
    if not reference.of_images:
        return PointEvaluation(reference, count, given, asked)
    from ganlab.evaluation.images import ImageEvaluation

    return ImageEvaluation(reference, count, device, given, asked, report=report)


__all__ = [
    "EVALUATORS",
    "Evaluation",
    "Evaluator",
    "Floors",
    "Metric",
    "Subject",
    "evaluation_on",
    "evaluators_for",
    "find_evaluator",
    "floors_of",
    "given_by_training",
    "register",
]
