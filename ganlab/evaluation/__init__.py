"""How good generated samples are, and what the numbers of a training run warn of.

A new evaluator is one module here that calls `register`, imported below. The first metric that applies to a
reference is the first in its tables, so `distances` stays the first import.
"""

from ganlab.data.reference import Images, Reference
from ganlab.evaluation import distances, divergences, modes, moments, tails  # noqa: F401 (each registers)
from ganlab.evaluation.base import EVALUATORS, Evaluation, Evaluator, Metric, applicable
from ganlab.evaluation.histogram import histogram
from ganlab.evaluation.points import PointEvaluation, describe_reference, floor, floors


def evaluation_on(reference: Reference, count: int) -> Evaluation:
    """What is measured of `count` samples against `reference`."""
    assert not isinstance(reference, Images)
    return PointEvaluation(reference, count)


__all__ = [
    "EVALUATORS",
    "Evaluation",
    "Evaluator",
    "Metric",
    "applicable",
    "describe_reference",
    "evaluation_on",
    "floor",
    "floors",
    "histogram",
]
