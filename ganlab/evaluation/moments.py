"""Errors of the first four moments."""

from __future__ import annotations

import math

from ganlab.data.empirical import moments_of
from ganlab.data.reference import Array, Line
from ganlab.evaluation.base import Evaluator, Metric, of_samples, register, require_sorted


def moment_errors(samples: Array, reference: Line) -> dict[str, float]:
    """Absolute differences of mean, standard deviation, skewness and excess kurtosis.

    A moment that is not finite for the reference is left out. Constant samples have neither skewness nor
    kurtosis: their errors are infinite.

    Args:
        samples: [n], sorted ascending.
        reference: what they are compared with.
    """
    require_sorted(samples)
    truth = reference.moments
    names = ("mean_error", "std_error", "skewness_error", "kurtosis_error")
    return {
        name: abs(value - true)
        for name, value, true in zip(names, moments_of(samples), truth, strict=True)
        if math.isfinite(true)
    }


register(
    Evaluator(
        name="moments",
        summary="absolute errors of the first four moments, where the true one is finite",
        metrics=(
            Metric(name="mean_error", better="lower", estimator="absolute difference of the means"),
            Metric(name="std_error", better="lower", estimator="absolute difference of the standard deviations"),
            Metric(name="skewness_error", better="lower", estimator="absolute difference of the skewnesses"),
            Metric(name="kurtosis_error", better="lower", estimator="absolute difference of the excess kurtoses"),
        ),
        function=of_samples(moment_errors),
    )
)
