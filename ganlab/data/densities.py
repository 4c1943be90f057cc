"""Distributions on the line that are known exactly: normal, uniform, Laplace, Student's t, log-normal.

Draws are float32 and made of `normal_` and `uniform_` alone. Torch's `exponential_` is avoided: under MKL it
reseeds a weaker generator at each call. `uniform_` gives multiples of 2^-24 in [0, 1), so ``log1p(-u)`` is
finite for every u.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Any, Self

import numpy as np
import torch
from pydantic import Field, FiniteFloat, model_validator
from scipy import stats
from torch import Tensor

from ganlab.data.base import DataSource, register
from ganlab.data.draws import Draws
from ganlab.data.reference import Array, KnownDensity
from ganlab.data.training_set import KnownDistributionOptions

Positive = Annotated[FiniteFloat, Field(gt=0)]


class GaussianOptions(KnownDistributionOptions):
    mean: FiniteFloat = 0.0
    std: Positive = 1.0


class UniformOptions(KnownDistributionOptions):
    low: FiniteFloat = 0.0
    high: FiniteFloat = 1.0

    @model_validator(mode="after")
    def _low_is_below_high(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low is {self.low} and high is {self.high}; low must be below high")
        return self


class LaplaceOptions(KnownDistributionOptions):
    loc: FiniteFloat = 0.0
    scale: Positive = 1.0


class StudentTOptions(KnownDistributionOptions):
    """`df` = 1 is the Cauchy distribution; the tails of a smaller one leave the range of float32."""

    df: Annotated[FiniteFloat, Field(ge=1)]
    loc: FiniteFloat = 0.0
    scale: Positive = 1.0


class LognormalOptions(KnownDistributionOptions):
    """Mean and standard deviation of the logarithm, in bounds that keep every draw inside float32."""

    mu: FiniteFloat = Field(0.0, ge=-20, le=20)
    sigma: FiniteFloat = Field(1.0, gt=0, le=10)


def gaussian(options: GaussianOptions) -> Draws:
    """The normal distribution."""

    def draw(generator: torch.Generator, count: int) -> Tensor:
        return _empty(count).normal_(options.mean, options.std, generator=generator)

    return Draws(_known(stats.norm(options.mean, options.std)), draw, options.training_samples)


def uniform(options: UniformOptions) -> Draws:
    """The uniform distribution on [low, high]."""

    def draw(generator: torch.Generator, count: int) -> Tensor:
        return _empty(count).uniform_(options.low, options.high, generator=generator)

    return Draws(_known(stats.uniform(options.low, options.high - options.low)), draw, options.training_samples)


def laplace(options: LaplaceOptions) -> Draws:
    """The Laplace distribution, drawn as the difference of two exponential variables."""

    def draw(generator: torch.Generator, count: int) -> Tensor:
        return options.loc + options.scale * (_exponential(generator, count) - _exponential(generator, count))

    def log_pdf(x: Array) -> Array:
        """Finite everywhere; SciPy's is -inf from 745 on."""
        return -np.abs(x - options.loc) / options.scale - math.log(2 * options.scale)

    known = replace(_known(stats.laplace(options.loc, options.scale)), log_pdf=log_pdf)
    return Draws(known, draw, options.training_samples)


def student_t(options: StudentTOptions) -> Draws:
    """Student's t distribution with `df` degrees of freedom, moved and scaled.

    Draws follow Bailey (1994), "Polar generation of random variates with the t-distribution", Mathematics of
    Computation 62(206): t = sqrt(df (U^(-2/df) - 1)) cos(2 pi V), here with -log U = E exponential.
    """
    df = options.df

    def draw(generator: torch.Generator, count: int) -> Tensor:
        radius = torch.sqrt(df * torch.expm1(2 / df * _exponential(generator, count)))
        angle = _empty(count).uniform_(0, 2 * math.pi, generator=generator)
        return options.loc + options.scale * radius * torch.cos(angle)

    return Draws(_known(stats.t(df, options.loc, options.scale)), draw, options.training_samples)


def lognormal(options: LognormalOptions) -> Draws:
    """The distribution whose logarithm is normal with mean `mu` and standard deviation `sigma`."""

    def draw(generator: torch.Generator, count: int) -> Tensor:
        return _empty(count).normal_(options.mu, options.sigma, generator=generator).exp_()

    return Draws(_known(stats.lognorm(s=options.sigma, scale=math.exp(options.mu))), draw, options.training_samples)


def _empty(count: int) -> Tensor:
    return torch.empty(count, 1, dtype=torch.float32)


def _exponential(generator: torch.Generator, count: int) -> Tensor:
    """Exponential variables of mean 1 [count, 1], at most 24 log 2 = 16.6."""
    return _empty(count).uniform_(generator=generator).neg_().log1p_().neg_()


def _known(distribution: Any) -> KnownDensity:
    """What a frozen distribution of `scipy.stats` knows."""
    mean, variance, skewness, excess_kurtosis = (float(m) for m in distribution.stats(moments="mvsk"))
    if math.isinf(mean):
        mean = math.nan  # SciPy calls Cauchy's mean infinite, but it has none
    median = distribution.median()

    def mass(low: Array, high: Array) -> Array:
        """From the nearer tail."""
        upper = low > median
        share = np.empty(np.shape(low))
        share[upper] = distribution.sf(low[upper]) - distribution.sf(high[upper])
        share[~upper] = distribution.cdf(high[~upper]) - distribution.cdf(low[~upper])
        return share

    return KnownDensity(
        log_pdf=distribution.logpdf,
        cdf=distribution.cdf,
        quantile=distribution.ppf,
        mass=mass,
        mean=mean,
        std=math.sqrt(variance),
        skewness=skewness,
        excess_kurtosis=excess_kurtosis,
    )


for source in (
    DataSource(name="gaussian", summary="the normal distribution", options=GaussianOptions, load=gaussian),
    DataSource(name="uniform", summary="uniform on [low, high]", options=UniformOptions, load=uniform),
    DataSource(name="laplace", summary="Laplace: a sharp peak", options=LaplaceOptions, load=laplace),
    DataSource(name="student-t", summary="Student's t: heavy tails", options=StudentTOptions, load=student_t),
    DataSource(name="lognormal", summary="log-normal: skewed", options=LognormalOptions, load=lognormal),
):
    register(source)
