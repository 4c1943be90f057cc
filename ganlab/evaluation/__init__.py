"""How good generated samples are, and what the numbers of a training run warn of.

A new evaluator is one module here that calls `register`, imported below. The first metric that applies to a
reference is the first in its tables, so `distances` stays the first import.
"""

from ganlab.evaluation import distances, divergences, modes, moments, tails  # noqa: F401 (each registers)
from ganlab.evaluation.base import (
    EVALUATORS,
    Evaluator,
    Metric,
    applicable,
    describe_reference,
    floor,
    floors,
)
from ganlab.evaluation.histogram import histogram

__all__ = [
    "EVALUATORS",
    "Evaluator",
    "Metric",
    "applicable",
    "describe_reference",
    "floor",
    "floors",
    "histogram",
]
