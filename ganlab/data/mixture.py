"""Mixtures of normal distributions on the line, known exactly."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

import numpy as np
import torch
from pydantic import Field, FiniteFloat, model_validator
from scipy.optimize import elementwise
from scipy.special import ndtr, ndtri
from torch import Tensor

from ganlab.data.base import DataSource, register
from ganlab.data.densities import Density, Positive
from ganlab.data.reference import Array, KnownDensity, Mode
from ganlab.data.training_set import KnownDistributionOptions
from ganlab.options import ListOf


class MixtureOptions(KnownDistributionOptions):
    """One entry a component. `weights` are relative: [1, 1, 2] means 1/4, 1/4 and 1/2; without them all are equal."""

    weights: ListOf[Positive]
    means: Annotated[ListOf[FiniteFloat], Field(min_length=1)]
    stds: ListOf[Positive]

    @model_validator(mode="before")
    @classmethod
    def _weights_are_equal_unless_given(cls, given: Any) -> Any:
        means = given.get("means")
        if not isinstance(means, list | tuple):
            return {"weights": [1.0], **given}
        if "stds" not in given:
            raise ValueError(
                "the key 'stds' is missing; give one standard deviation for each of the means, such as "
                "{means: [-2, 2], stds: [0.5, 0.5]}"
            )
        return {"weights": [1.0] * len(means), **given}

    @model_validator(mode="after")
    def _lengths_match(self) -> Self:
        lengths = len(self.weights), len(self.means), len(self.stds)
        if len(set(lengths)) > 1:
            raise ValueError(
                "weights, means and stds have {}, {} and {} entries; each needs one for every component".format(
                    *lengths
                )
            )
        return self


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


def gaussian_mixture(options: MixtureOptions) -> Density:
    """A mixture of normal distributions."""
    weights = np.array(options.weights) / sum(options.weights)
    mixture = NormalMixture(weights, np.array(options.means), np.array(options.stds))
    upper_edges = torch.tensor(weights.cumsum()[:-1], dtype=torch.float32)
    means = torch.tensor(options.means, dtype=torch.float32)
    stds = torch.tensor(options.stds, dtype=torch.float32)

    def draw(generator: torch.Generator, count: int) -> Tensor:
        uniform = torch.empty(count, 1, dtype=torch.float32).uniform_(generator=generator)
        component = torch.bucketize(uniform, upper_edges, right=True)
        normal = torch.empty(count, 1, dtype=torch.float32).normal_(generator=generator)
        return torch.addcmul(means.take(component), stds.take(component), normal)

    mean, std, skewness, excess_kurtosis = mixture.moments()
    reference = KnownDensity(
        log_pdf=mixture.log_pdf,
        cdf=mixture.cdf,
        quantile=mixture.quantile,
        mass=mixture.mass,
        mean=mean,
        std=std,
        skewness=skewness,
        excess_kurtosis=excess_kurtosis,
        modes=tuple(
            Mode(weight=float(w), mean=m, std=s) for w, m, s in zip(weights, options.means, options.stds, strict=True)
        ),
    )
    return Density(reference, draw, options.training_samples)


register(
    DataSource(
        name="gaussian-mixture",
        summary="mixture of normals, given by means, stds and, where they are not equal, weights",
        options=MixtureOptions,
        load=gaussian_mixture,
    )
)
