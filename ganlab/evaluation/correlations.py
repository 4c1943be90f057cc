"""Dependence between the columns of vectors, and within series."""

from __future__ import annotations

import numpy as np

from ganlab.data.reference import Array
from ganlab.evaluation.base import Evaluator, Metric, register
from ganlab.evaluation.truth import is_of_series, is_of_vectors, require_finite, true_samples

MOST = 100_000
"""True samples that are drawn where there is no held-out part."""


def correlation_error(samples: Array, truth: Array) -> float:
    """The mean absolute difference of Pearson's correlations, over all pairs of different columns.

    A constant column is correlated with no other.

    Args:
        samples: [n, k], k >= 2.
        truth: [m, k].
    """
    require_finite(samples, truth)
    pairs = np.triu_indices(samples.shape[1], 1)
    return float(np.abs(_correlations(samples)[pairs] - _correlations(truth)[pairs]).mean())


def _correlations(values: Array) -> Array:
    centred = values - values.mean(axis=0)
    lengths = np.sqrt(np.square(centred).sum(axis=0))
    unit = np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)
    correlations: Array = unit.T @ unit
    return correlations


def autocorrelation_error(samples: Array, truth: Array) -> float:
    """The mean absolute difference of autocorrelations, over columns and lags from 1 to T - 1.

    Args:
        samples: windows [n, T, C], T >= 2.
        truth: windows [m, T, C].
    """
    require_finite(samples, truth)
    return float(np.abs(autocorrelations(samples) - autocorrelations(truth)).mean())


def autocorrelations(windows: Array) -> Array:
    """Those of stationary series at lags 1 to T - 1, by column [T - 1, C].

    At lag l, the mean of (x_t - m) (x_(t + l) - m) over all windows and t, over the variance of all values. The mean m
    is that of all windows. A constant column has none: 0.

    Args:
        windows: [n, T, C].
    """
    centred = windows - windows.mean(axis=(0, 1))
    variances = np.square(centred).mean(axis=(0, 1))
    length = windows.shape[1]
    products = np.stack([(centred[:, :-lag] * centred[:, lag:]).mean(axis=(0, 1)) for lag in range(1, length)])
    found: Array = np.divide(products, variances, out=np.zeros_like(products), where=variances > 0)
    return found


register(
    Evaluator(
        name="correlations",
        summary="difference of the columns' correlation matrices",
        metrics=(
            Metric(
                name="correlation_error",
                better="lower",
                estimator="mean absolute difference of Pearson's correlations over all pairs of columns, categories as "
                "indicators; a constant column counts as correlated with none",
            ),
        ),
        function=lambda subject, reference: {
            "correlation_error": correlation_error(
                reference.coordinates(subject.array), reference.coordinates(true_samples(reference, MOST))
            )
        },
        applies_to=lambda reference: is_of_vectors(reference, at_least=2),
        on_request=True,
    )
)
register(
    Evaluator(
        name="autocorrelation",
        summary="difference of the series' autocorrelations",
        metrics=(
            Metric(
                name="autocorrelation_error",
                better="lower",
                estimator="mean absolute difference over columns and lags 1 to T - 1, pooled over windows, stationary",
            ),
        ),
        function=lambda subject, reference: {
            "autocorrelation_error": autocorrelation_error(subject.array, true_samples(reference, MOST))
        },
        applies_to=is_of_series,
        on_request=True,
    )
)
