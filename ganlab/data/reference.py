"""What samples are compared with: a known density on the line or in the plane, held-out real values, or images."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]

ON_THE_LINE = (
    "wasserstein",
    "kolmogorov-smirnov",
    "kullback-leibler",
    "jensen-shannon",
    "energy-distance",
    "mmd",
    "mode-coverage",
    "moments",
    "tails",
    "conditional-w1",
    "reconstruction",
)
"""The evaluators of values on the line: the first that applies gives the primary metric."""


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One normal component of a mixture."""

    weight: float
    mean: float
    std: float


@dataclass(frozen=True, kw_only=True)
class KnownDensity:
    """A distribution on the line that is known exactly.

    `log_pdf`, `cdf` and `quantile` take and give float64 arrays of any shape. `log_pdf`, the logarithm of the density,
    is -inf where the density is 0 and nowhere else. `mass(low, high)` is the share between two arrays of values; it
    keeps its digits in the tails and between modes, as far as float64 reaches down. Moments that do not exist are NaN
    or inf. `modes` is empty unless the distribution is a mixture of normals.
    """

    evaluators: ClassVar[tuple[str, ...]] = ON_THE_LINE

    log_pdf: Callable[[Array], Array]
    cdf: Callable[[Array], Array]
    quantile: Callable[[Array], Array]
    mass: Callable[[Array, Array], Array]
    mean: float
    std: float
    skewness: float
    excess_kurtosis: float
    modes: tuple[Mode, ...] = field(default=())

    def pdf(self, x: Array) -> Array:
        return np.exp(self.log_pdf(x))

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` independent true values [count]."""
        if not self.modes:
            return self.quantile(rng.random(count))
        weights = np.array([mode.weight for mode in self.modes])
        component = rng.choice(len(weights), size=count, p=weights / weights.sum())
        means, stds = np.array([(mode.mean, mode.std) for mode in self.modes]).T
        return np.asarray(rng.normal(means[component], stds[component]))


@dataclass(frozen=True, kw_only=True)
class HeldOut:
    """Real values: `values` [m] is the held-out part, sorted; `training` [n] is what is learnt from.

    Both are in the data's own units.
    """

    evaluators: ClassVar[tuple[str, ...]] = ON_THE_LINE

    values: Array
    training: Array

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` values drawn with replacement from the training part: what a perfect memory would give."""
        return rng.choice(self.training, size=count, replace=True)


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneMixture:
    """Round normal modes of equal weight in the plane: `centres` [K, 2], each of standard deviation `std`.

    The modes are taken to lie far apart against `std`, as in the usual toy problems.
    """

    evaluators: ClassVar[tuple[str, ...]] = (
        "sliced-wasserstein",
        "energy-distance",
        "mmd",
        "mode-coverage",
        "conditional-w1",
        "reconstruction",
    )

    centres: Array
    std: float

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` independent true points [count, 2]."""
        component = rng.integers(len(self.centres), size=count)
        return rng.normal(self.centres[component], self.std)


@dataclass(frozen=True, kw_only=True, eq=False)
class Images:
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

    evaluators: ClassVar[tuple[str, ...]] = ("reconstruction",)
    """Beside those of the extractors that see the images."""

    name: str
    images: Tensor
    labels: Tensor | None
    classes: int
    fingerprint: str
    extractor: str | None = None
    modes: int = 0
    others: Callable[[], Images] | None = None


Line = KnownDensity | HeldOut
Points = Line | PlaneMixture
Reference = Points | Images
