"""The exact distribution of a mixture of normals on the line."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import elementwise
from scipy.special import ndtr, ndtri

from ganlab.data.empirical import Array


class NormalMixture:
    """The exact functions of a mixture of K normal components; all arrays are float64.

    Args:
        weights: [K], positive, of sum 1.
        means: [K].
        stds: [K], positive.
    """

    def __init__(self, weights: Array, means: Array, stds: Array) -> None:
        self.weights = weights
        self.means = means
        self.stds = stds

    def log_pdf(self, x: Array) -> Array:
        log_peaks = np.log(self.weights / (self.stds * math.sqrt(2 * math.pi)))
        density: Array = np.logaddexp.reduce(log_peaks - self._standardise(x) ** 2 / 2, axis=-1)
        return density

    def cdf(self, x: Array) -> Array:
        probability: Array = ndtr(self._standardise(x)) @ self.weights
        return np.minimum(probability, 1.0)

    def mass(self, low: Array, high: Array) -> Array:
        """The share between two values, of each component from its nearer tail."""
        low, high = self._standardise(low), self._standardise(high)
        above = low > 0
        share: Array = (ndtr(np.where(above, -low, high)) - ndtr(np.where(above, -high, low))) @ self.weights
        return share

    def quantile(self, p: Array) -> Array:
        """The x where the cdf is p, or one such x where distant modes leave it flat."""
        p = np.asarray(p, dtype=np.float64)
        x = np.array(ndtri(p))
        inside = (p > 0) & (p < 1)
        x[inside] = self._solve(p[inside])
        return x

    def moments(self) -> tuple[float, float, float, float]:
        """Mean, standard deviation, skewness and excess kurtosis."""
        mean = self.weights @ self.means
        d, v = self.means - mean, self.stds**2
        variance = self.weights @ (d**2 + v)
        third = self.weights @ (d**3 + 3 * d * v)
        fourth = self.weights @ (d**4 + 6 * d**2 * v + 3 * v**2)
        std = math.sqrt(variance)
        return float(mean), std, float(third / std**3), float(fourth / variance**2 - 3)

    def _standardise(self, x: Array) -> Array:
        """[...] to [..., K]."""
        return (np.asarray(x, dtype=np.float64)[..., np.newaxis] - self.means) / self.stds

    def _solve(self, p: Array) -> Array:
        """Quantiles [n] of p [n], strictly between 0 and 1, by bracketed root finding.

        The quantile of a mixture lies between the least and the greatest quantile of its components. From the
        upper half the equation is solved for 1 - p, with the upper tails, so that neither tail loses digits.
        """
        side = np.where(p <= 0.5, 1.0, -1.0)
        tail = np.minimum(p, 1 - p)
        components = self.means + self.stds * ndtri(p)[:, np.newaxis]
        rounding = 1e-9 * self.stds.max() + 4 * np.spacing(np.abs(components).max(axis=1))
        bracket = components.min(axis=1) - rounding, components.max(axis=1) + rounding

        def excess(x: Array, side: Array, tail: Array) -> Array:
            tails: Array = ndtr(side[:, np.newaxis] * self._standardise(x)) @ self.weights
            return side * (tails - tail)

        root: Array = elementwise.find_root(excess, bracket, args=(side, tail)).x
        return root
