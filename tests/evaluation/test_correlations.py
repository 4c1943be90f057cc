"""Correlations against numpy's and statsmodels', and those of processes that are known."""

import numpy as np
import pytest
from statsmodels.tsa.stattools import acf

from ganlab.evaluation.correlations import autocorrelation_error, autocorrelations, correlation_error


def correlated(rho: float, count: int, seed: int):
    first, noise = np.random.default_rng(seed).normal(size=(2, count))
    return np.stack([first, rho * first + np.sqrt(1 - rho**2) * noise], axis=1)


def ar1(phi: float, count: int, length: int, seed: int):
    """Windows [count, length, 1] of the stationary process x_t = phi x_(t - 1) + e_t of variance 1."""
    rng = np.random.default_rng(seed)
    values = [rng.normal(size=count)]
    for _ in range(length - 1):
        values.append(phi * values[-1] + np.sqrt(1 - phi**2) * rng.normal(size=count))
    return np.stack(values, axis=1)[:, :, np.newaxis]


def test_it_is_the_mean_difference_of_numpys_correlations():
    rng = np.random.default_rng(0)
    mix = rng.normal(size=(4, 4))
    samples, truth = rng.normal(size=(300, 4)) @ mix, rng.normal(size=(500, 4))
    gaps = np.abs(np.corrcoef(samples.T) - np.corrcoef(truth.T))
    assert correlation_error(samples, truth) == pytest.approx(gaps[np.triu_indices(4, 1)].mean())


def test_two_columns_of_known_correlations_differ_by_these():
    found = correlation_error(correlated(0.9, 100_000, 0), correlated(0.3, 100_000, 1))
    assert found == pytest.approx(0.6, abs=0.01)


def test_units_and_offsets_of_columns_play_no_part():
    samples, truth = correlated(0.5, 200, 0), correlated(0.1, 200, 1)
    moved = samples * [3.0, 1e-3] + [7.0, -1e3]
    assert correlation_error(moved, truth) == pytest.approx(correlation_error(samples, truth), rel=1e-6)


def test_a_column_that_collapsed_is_correlated_with_no_other():
    samples, truth = correlated(0.8, 1_000, 0), correlated(0.8, 1_000, 1)
    samples[:, 1] = 4.0
    assert correlation_error(samples, truth) == pytest.approx(abs(np.corrcoef(truth.T)[0, 1]))


def test_samples_that_are_not_finite_have_no_score():
    samples = correlated(0.5, 20, 0)
    samples[3, 1] = np.nan
    with pytest.raises(ValueError, match="NaN or infinite"):
        correlation_error(samples, correlated(0.5, 20, 1))


def test_an_autoregressive_process_has_the_powers_of_its_coefficient():
    found = autocorrelations(ar1(0.7, 50_000, 6, 0))[:, 0]
    assert found == pytest.approx(0.7 ** np.arange(1, 6), abs=0.02)


def test_of_one_long_window_the_autocorrelations_are_those_of_statsmodels():
    window = ar1(0.5, 1, 2_000, 0)
    expected = acf(window[0, :, 0], nlags=3, adjusted=True, fft=False)[1:]
    assert autocorrelations(window)[:3, 0] == pytest.approx(expected, rel=1e-9)


def test_the_error_is_the_mean_gap_over_columns_and_lags():
    both = np.concatenate([ar1(0.8, 50_000, 3, 0), ar1(-0.5, 50_000, 3, 1)], axis=2)
    other = np.concatenate([ar1(0.0, 50_000, 3, 2), ar1(-0.5, 50_000, 3, 3)], axis=2)
    assert autocorrelation_error(both, other) == pytest.approx((0.8 + 0.64) / 4, abs=0.01)


def test_a_constant_column_has_no_autocorrelation():
    windows = ar1(0.5, 100, 4, 0)
    constant = np.zeros_like(windows)
    assert autocorrelation_error(constant, windows) == pytest.approx(np.abs(autocorrelations(windows)).mean())
