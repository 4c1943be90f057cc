"""Mean and covariance of features, as pytorch-fid and clean-fid save them."""

from pathlib import Path

import numpy as np
import pytest

from ganlab.data.feature_statistics import feature_statistics
from ganlab.errors import InputError

FEATURES = np.random.default_rng(0).normal(size=(40, 6))
MU, SIGMA = FEATURES.mean(axis=0), np.cov(FEATURES, rowvar=False)
FILE = Path("stats.npz")


def skewed(covariance):
    covariance = covariance.copy()
    covariance[0, 1] += 0.1
    return covariance


@pytest.mark.parametrize("kind", [np.float64, np.float32, ">f8"])
@pytest.mark.parametrize("count", [40, 3])  # a covariance of 3 rows is singular
def test_they_are_what_the_file_holds(kind, count):
    mu, sigma = FEATURES[:count].mean(axis=0), np.cov(FEATURES[:count], rowvar=False)
    found = feature_statistics({"mu": mu.astype(kind), "sigma": sigma.astype(kind)}, FILE)
    assert found.name == "stats.npz"
    assert found.mean.dtype == found.covariance.dtype == np.float64
    np.testing.assert_allclose(found.mean, mu, rtol=1e-6)
    np.testing.assert_allclose(found.covariance, sigma, rtol=1e-6)
    assert np.array_equal(found.covariance, found.covariance.T)


@pytest.mark.parametrize(
    ("mu", "sigma", "fault"),
    [
        (MU, SIGMA[:5, :5], r"'stats.npz' holds mu \[6\] and sigma \[5, 5\]; a mean of D features is \[D\], and their"),
        (MU[0], SIGMA, r"holds mu \[\] and sigma \[6, 6\]"),
        (MU[np.newaxis], SIGMA, r"holds mu \[1, 6\] and sigma \[6, 6\]"),
        (MU, SIGMA.diagonal(), r"holds mu \[6\] and sigma \[6\]"),
        (MU[:0], SIGMA[:0, :0], r"holds mu \[0\] and sigma \[0, 0\]"),
        (MU, np.full((6, 6), np.nan), "sigma in 'stats.npz' holds numbers that are not finite, .* at least two images"),
        (MU * np.inf, SIGMA, "mu in 'stats.npz' holds numbers that are not finite"),
        (MU, skewed(SIGMA), "sigma in 'stats.npz' is not symmetric, and so no covariance"),
        (MU, SIGMA - np.eye(6), "sigma in 'stats.npz' has negative eigenvalues, and so is no covariance"),
        (MU, -SIGMA, "has negative eigenvalues"),
        (MU, np.diag([1, 1, 1, 1, 1, -1e-3]), "has negative eigenvalues"),
        (np.arange(6), SIGMA, "mu in 'stats.npz' holds int64; the statistics of features are floating-point numbers"),
        (MU.astype(complex), SIGMA, "mu in 'stats.npz' holds complex128"),
    ],
)
def test_what_is_no_mean_and_covariance_is_refused(mu, sigma, fault):
    with pytest.raises(InputError, match=fault):
        feature_statistics({"mu": np.asarray(mu), "sigma": sigma}, FILE)


@pytest.mark.parametrize("covariance", [np.zeros((6, 6)), np.diag([1, 1, 1, 1, 0, -1e-7])])
def test_a_singular_covariance_is_one(covariance):
    assert np.array_equal(feature_statistics({"mu": MU, "sigma": covariance}, FILE).covariance, covariance)


def test_one_feature_has_statistics_too():
    assert feature_statistics({"mu": np.ones(1), "sigma": np.ones((1, 1))}, FILE).covariance.tolist() == [[1]]
