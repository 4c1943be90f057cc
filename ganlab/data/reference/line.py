"""The truth on the line: known exactly, or held-out values."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ganlab.data.empirical import Array, moments_of, quantiles_of, share
from ganlab.data.histogram import histogram
from ganlab.data.reference.base import SampleReference

OUTSIDE = 0.005
"""The share of the truth on either side of a histogram's bins, but for their margin."""


class Line(SampleReference):
    """The truth on the line. `prepare` sorts samples ascending, [n, 1] to [n], once for all evaluators."""

    on_the_line: ClassVar[bool] = True

    @property
    def picture(self) -> str:
        return "density"

    @property
    def evaluators(self) -> tuple[str, ...]:
        exist = {
            "wasserstein": math.isfinite(self.moments[0]),
            "kolmogorov-smirnov": True,
            "kullback-leibler": True,
            "jensen-shannon": True,
            "energy-distance": math.isfinite(self.moments[0]),
            "mmd": 0 < self.spread < math.inf,
            "mode-coverage": self.mode_count > 0,
            "moments": True,
            "tails": True,
            "conditional-w1": self.has_conditions,
            "reconstruction": True,
        }
        return tuple(name for name, does in exist.items() if does)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return (1,)

    def prepare(self, samples: Tensor) -> Array:
        return np.sort(super().prepare(samples), axis=None)

    @abstractmethod
    def cumulative(self, points: Array, *, strictly: bool = False) -> Array:
        """The share of the truth that is <= each of `points` [k], or < when `strictly`."""

    @abstractmethod
    def quantiles(self, first: float, last: float, count: int) -> Array:
        """The true quantiles [count] at evenly spaced levels from `first` to `last`, both in (0, 1)."""

    @property
    @abstractmethod
    def moments(self) -> tuple[float, float, float, float]:
        """Mean, standard deviation, skewness and excess kurtosis; NaN or infinite where they do not exist."""

    @abstractmethod
    def shares_of_density(self, edges: Array) -> Array:
        """The true density in each of the bins [k] between `edges` [k + 1]."""

    def pictured(self, samples: Tensor) -> dict[str, ArrayLike]:
        low, high = self.quantiles(OUTSIDE, 1 - OUTSIDE, 2)
        return dict(histogram(self.prepare(samples), low, high, self.shares_of_density))


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One normal component of a mixture."""

    weight: float
    mean: float
    std: float


@dataclass(frozen=True, kw_only=True)
class KnownDensity(Line):
    """A distribution on the line that is known exactly.

    `log_pdf`, `cdf` and `quantile` take and give float64 arrays of any shape. `log_pdf`, the logarithm of the density,
    is -inf where the density is 0 and nowhere else. `mass(low, high)` is the share between two arrays of values; it
    keeps its digits in the tails and between modes, as far as float64 reaches down. Moments that do not exist are NaN
    or inf. `modes` is empty unless the distribution is a mixture of normals.
    """

    log_pdf: Callable[[Array], Array]
    cdf: Callable[[Array], Array]
    quantile: Callable[[Array], Array]
    mass: Callable[[Array, Array], Array]
    mean: float
    std: float
    skewness: float
    excess_kurtosis: float
    modes: tuple[Mode, ...] = field(default=())

    @property
    def words(self) -> str:
        return "the exact density"

    @property
    def density(self) -> KnownDensity:
        return self

    @property
    def spread(self) -> float:
        return self.std

    @property
    def moments(self) -> tuple[float, float, float, float]:
        return self.mean, self.std, self.skewness, self.excess_kurtosis

    @property
    def mode_count(self) -> int:
        return len({mode.mean for mode in self.modes})

    def pdf(self, x: Array) -> Array:
        return np.exp(self.log_pdf(x))

    def cumulative(self, points: Array, *, strictly: bool = False) -> Array:
        return self.cdf(points)

    def quantiles(self, first: float, last: float, count: int) -> Array:
        return _known_quantiles(self, first, last, count)

    def shares_of_density(self, edges: Array) -> Array:
        return self.pdf((edges[:-1] + edges[1:]) / 2)

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` independent true values [count]."""
        return self.with_conditions(rng, count)[0] if self.modes else self.quantile(rng.random(count))

    @property
    def has_conditions(self) -> bool:
        return bool(self.modes)

    def with_conditions(self, rng: np.random.Generator, count: int) -> tuple[Array, NDArray[Any]]:
        """`count` independent true values [count], and the mode that each comes from."""
        weights = np.array([mode.weight for mode in self.modes])
        component = rng.choice(len(weights), size=count, p=weights / weights.sum())
        means, stds = np.array([(mode.mean, mode.std) for mode in self.modes]).T
        return np.asarray(rng.normal(means[component], stds[component])), component


@lru_cache(maxsize=32)
def _known_quantiles(reference: KnownDensity, first: float, last: float, count: int) -> Array:
    """Kept, because some densities find their quantiles by a slow search."""
    values = reference.quantile(np.linspace(first, last, count))
    values.flags.writeable = False
    return values


@dataclass(frozen=True, kw_only=True, eq=False)
class HeldOut(Line):
    """Real values: `held_out` [m] is the held-out part, sorted; `training` [n] is what is learnt from.

    Both are in the data's own units.
    """

    held_out: Array
    training: Array

    @property
    def words(self) -> str:
        return f"{self.held_out.size:,} held-out values"

    @property
    def spread(self) -> float:
        return float(self.held_out.std())

    @property
    def moments(self) -> tuple[float, float, float, float]:
        return moments_of(self.held_out)

    def cumulative(self, points: Array, *, strictly: bool = False) -> Array:
        return share(self.held_out, points, strictly=strictly)

    def quantiles(self, first: float, last: float, count: int) -> Array:
        return quantiles_of(self.held_out, first, last, count)

    def shares_of_density(self, edges: Array) -> Array:
        return np.histogram(self.held_out, edges, density=True)[0]

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` values drawn with replacement from the training part: what a perfect memory would give."""
        return rng.choice(self.training, size=count, replace=True)
