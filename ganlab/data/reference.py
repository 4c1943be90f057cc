"""What samples are compared with, and what that says of itself: its evaluators, its picture, its size."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ganlab.data.empirical import Array, moments_of, quantiles_of, share
from ganlab.data.histogram import histogram
from ganlab.data.normal_mixture import NormalMixture

__all__ = [
    "Array",
    "HeldOut",
    "Images",
    "KnownDensity",
    "Line",
    "Mode",
    "PlaneMixture",
    "Reference",
    "SampleReference",
]

OUTSIDE = 0.005
"""The share of the truth on either side of a histogram's bins, but for their margin."""
SHOWN_POINTS = 2_500


class Reference(ABC):
    """What generated samples are compared with, in the data's own units.

    A data set of a new kind brings a reference of its own, and nothing outside `ganlab.data` asks what kind it is.

    Attributes:
        evaluators: the names of its usual evaluators, in the order of their metrics in a table, of which the first is
            the primary one.
        picture: the name of the picture that draws what `pictured` gives.
        sample_shape: of one sample in the data's own units.
        mode_count: how many modes a good generator covers; 0 if that is unknown.
        of_images: whether features of images are compared, and grids of images shown, instead of samples themselves.
    """

    @property
    @abstractmethod
    def picture(self) -> str: ...

    @property
    @abstractmethod
    def evaluators(self) -> tuple[str, ...]: ...

    @property
    @abstractmethod
    def sample_shape(self) -> tuple[int, ...]: ...

    @property
    @abstractmethod
    def words(self) -> str:
        """What metrics are measured against, in a phrase for the footnote of a table."""

    @property
    def mode_count(self) -> int:
        return 0


class SampleReference(Reference):
    """A reference whose evaluators take the samples themselves.

    Attributes:
        training: what is learnt from [n, ...]; None where the truth is known exactly.
        held_out: real samples [m, ...] that stand for the truth; None where it is known exactly.
        on_the_line: whether evaluators take samples as a sorted vector [n], and the reference is a `Line`.
    """

    of_images: ClassVar[Literal[False]] = False
    on_the_line: ClassVar[bool] = False

    training: Array | None = None
    held_out: Array | None = None

    @property
    def has_conditions(self) -> bool:
        """Whether `with_conditions` has true samples to give."""
        return False

    def with_conditions(self, rng: np.random.Generator, count: int) -> tuple[Array, NDArray[Any]]:
        """True samples [m, ...] and the condition of each, labels [m] or vectors [m, g] as networks are given them.

        They are all that are held out or, where the truth is known exactly, `count` drawn ones.
        """
        raise NotImplementedError(f"the conditions of {self.words} are not known")

    @property
    def density(self) -> KnownDensity | None:
        """The truth's density on the line, where that is known exactly."""
        return None

    @property
    @abstractmethod
    def spread(self) -> float:
        """The true standard deviation; of vectors, the square root of half their total variance.

        In the plane that is the root mean square of the standard deviations along the axes.
        """

    @abstractmethod
    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` true samples [count, ...], as `prepare` gives them but for their order."""

    def prepare(self, samples: Tensor) -> Array:
        """`samples` [n, *sample_shape] as evaluators take them, float64."""
        prepared: Array = samples.double().numpy()
        return prepared

    @abstractmethod
    def pictured(self, samples: Tensor) -> dict[str, ArrayLike]:
        """What is kept of `samples` [n, *sample_shape], and of the truth, to draw `picture` from."""

    def coordinates(self, samples: Array) -> Array:
        """`samples` [n, ...] as vectors [n, k] between which distances are measured."""
        return samples.reshape(len(samples), -1)

    def projection(self, direction: Array) -> NormalMixture | None:
        """The truth as it lies in a `direction` [k] of its coordinates, where that is known exactly."""
        return None


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


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneMixture(SampleReference):
    """Round normal modes of equal weight in the plane: `centres` [K, 2], each of standard deviation `std`.

    The modes are taken to lie far apart against `std`, as in the usual toy problems.
    """

    @property
    def picture(self) -> str:
        return "plane"

    centres: Array
    std: float

    @property
    def evaluators(self) -> tuple[str, ...]:
        return ("sliced-wasserstein", "energy-distance", "mmd", "mode-coverage", "conditional-w1", "reconstruction")

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def words(self) -> str:
        return "the exact density"

    @property
    def spread(self) -> float:
        return math.sqrt(self.centres.var(axis=0).mean() + self.std**2)

    @property
    def mode_count(self) -> int:
        return len(self.centres)

    def projection(self, direction: Array) -> NormalMixture:
        weights = np.full(len(self.centres), 1 / len(self.centres))
        return NormalMixture(weights, self.centres @ direction, np.full_like(weights, self.std))

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` independent true points [count, 2]."""
        return self.with_conditions(rng, count)[0]

    @property
    def has_conditions(self) -> bool:
        return True

    def with_conditions(self, rng: np.random.Generator, count: int) -> tuple[Array, NDArray[Any]]:
        """`count` independent true points [count, 2], and the mode that each comes from."""
        component = rng.integers(len(self.centres), size=count)
        return rng.normal(self.centres[component], self.std), component

    def pictured(self, samples: Tensor) -> dict[str, ArrayLike]:
        return {"points": self.prepare(samples[:SHOWN_POINTS]), "centres": self.centres}


@dataclass(frozen=True, kw_only=True, eq=False)
class Images(Reference):
    """Real images that generated ones are compared with.

    Attributes:
        name: the images in words, for a footnote.
        images: uint8 [m, C, H, W].
        labels: int64 [m], or None.
        classes: how many labels there are; 0 without labels.
        fingerprint: SHA-256 of the images' shape and content.
        extractor: the classifier whose features fit these images, such as ``"digits"``, if there is one.
        modes: how many modes there are to cover; 0 if that is unknown.
        others: reads real images of the same kind that are not among these, if there are any.
    """

    of_images: ClassVar[Literal[True]] = True

    name: str
    images: Tensor
    labels: Tensor | None
    classes: int
    fingerprint: str
    extractor: str | None = None
    modes: int = 0
    others: Callable[[], Images] | None = None

    @property
    def evaluators(self) -> tuple[str, ...]:
        """Beside those of the extractors at hand, which `ganlab.evaluation.images` knows."""
        return ("reconstruction",) if self.others else ()

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return tuple(self.images.shape[1:])

    @property
    def words(self) -> str:
        return self.name

    @property
    def picture(self) -> str:
        return "grid"

    @property
    def mode_count(self) -> int:
        return self.modes
