"""Known densities, made from scipy's, and a mixture."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp, ndtr

from ganlab.data.reference import Array, KnownDensity, Mode


def known(distribution) -> KnownDensity:
    def mass(low: Array, high: Array) -> Array:
        below, above = distribution.cdf, distribution.sf
        return np.where(low > distribution.median(), above(low) - above(high), below(high) - below(low))

    mean, variance, skewness, excess_kurtosis = (float(m) for m in distribution.stats(moments="mvsk"))
    return KnownDensity(
        log_pdf=distribution.logpdf,
        cdf=distribution.cdf,
        quantile=distribution.ppf,
        mass=mass,
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

        def log_pdf(x: Array) -> Array:
            return logsumexp(stats.norm.logpdf((np.asarray(x)[..., np.newaxis] - m) / s), b=w / s, axis=-1)

        grid = np.linspace((m - 9 * s).min(), (m + 9 * s).max(), 200_001)
        mean = float(w @ m)
        return KnownDensity(
            log_pdf=log_pdf,
            cdf=cdf,
            quantile=lambda p: np.interp(p, cdf(grid), grid),
            mass=lambda low, high: cdf(high) - cdf(low),
            mean=mean,
            std=float(np.sqrt(w @ ((m - mean) ** 2 + s**2))),
            skewness=0.0,
            excess_kurtosis=0.0,
            modes=tuple(Mode(weight=a, mean=b, std=c) for a, b, c in zip(weights, means, stds, strict=True)),
        )

    return make
