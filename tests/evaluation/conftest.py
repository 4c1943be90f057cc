"""Known densities, made from scipy's, and a mixture."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.special import log_ndtr, logsumexp, ndtr

from ganlab.data.reference import Array, KnownDensity, Mode


def known(distribution) -> KnownDensity:
    mean, variance, skewness, excess_kurtosis = (float(m) for m in distribution.stats(moments="mvsk"))
    return KnownDensity(
        pdf=distribution.pdf,
        cdf=distribution.cdf,
        quantile=distribution.ppf,
        log_cdf=distribution.logcdf,
        log_sf=distribution.logsf,
        mean=mean,
        std=float(np.sqrt(variance)),
        skewness=skewness,
        excess_kurtosis=excess_kurtosis,
    )


@pytest.fixture(scope="session")
def density() -> Callable[..., KnownDensity]:
    """Makes the reference of a frozen distribution of scipy."""
    return known


@pytest.fixture(scope="session")
def normal() -> KnownDensity:
    return known(stats.norm())


@pytest.fixture(scope="session")
def mixture() -> Callable[..., KnownDensity]:
    """Makes a mixture of normals; its quantiles are interpolated."""

    def make(weights: list[float], means: list[float], stds: list[float]) -> KnownDensity:
        w, m, s = (np.array(values, dtype=float) for values in (weights, means, stds))

        def cdf(x: Array) -> Array:
            return ndtr((np.asarray(x)[..., np.newaxis] - m) / s) @ w

        def pdf(x: Array) -> Array:
            return (stats.norm.pdf((np.asarray(x)[..., np.newaxis] - m) / s) / s) @ w

        grid = np.linspace((m - 9 * s).min(), (m + 9 * s).max(), 200_001)
        mean = float(w @ m)
        return KnownDensity(
            pdf=pdf,
            cdf=cdf,
            quantile=lambda p: np.interp(p, cdf(grid), grid),
            log_cdf=lambda x: logsumexp(log_ndtr((np.asarray(x)[..., np.newaxis] - m) / s), b=w, axis=-1),
            log_sf=lambda x: logsumexp(log_ndtr((m - np.asarray(x)[..., np.newaxis]) / s), b=w, axis=-1),
            mean=mean,
            std=float(np.sqrt(w @ ((m - mean) ** 2 + s**2))),
            skewness=0.0,
            excess_kurtosis=0.0,
            modes=tuple(Mode(weight=a, mean=b, std=c) for a, b, c in zip(weights, means, stds, strict=True)),
        )

    return make
