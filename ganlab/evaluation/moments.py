"""Errors of the first four moments."""

from __future__ import annotations

import math

import numpy as np

from ganlab.data.reference import Array, HeldOut, Line
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
    if isinstance(reference, HeldOut):
        truth = _moments(reference.values)
    else:
        truth = (reference.mean, reference.std, reference.skewness, reference.excess_kurtosis)
    names = ("mean_error", "std_error", "skewness_error", "kurtosis_error")
    return {
        name: abs(value - true)
        for name, value, true in zip(names, _moments(samples), truth, strict=True)
        if math.isfinite(true)
    }


def _moments(values: Array) -> tuple[float, float, float, float]:
    """Mean, standard deviation, skewness, excess kurtosis of sorted `values` [n]; no bias correction."""
    if values[0] == values[-1]:
        return float(values[0]), 0.0, math.inf, math.inf
    mean = values.mean()
    centred = values - mean
    std = math.sqrt(np.square(centred).mean())
    standard = centred / std
    cubes = standard * standard * standard
    return float(mean), std, float(cubes.mean()), float((cubes * standard).mean() - 3)


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
        applies_to=lambda reference: isinstance(reference, Line),
    )
)
