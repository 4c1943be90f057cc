"""What one-dimensional samples are compared with: a known density, or held-out real values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Mode:
    """One normal component of a mixture."""

    weight: float
    mean: float
    std: float


@dataclass(frozen=True, kw_only=True)
class KnownDensity:
    """A distribution on the line that is known exactly.

    `pdf`, `cdf` and `quantile` take and give float64 arrays of any shape. Moments that do not exist
    are NaN or inf. `modes` is empty unless the distribution is a mixture of normals.
    """

    pdf: Callable[[Array], Array]
    cdf: Callable[[Array], Array]
    quantile: Callable[[Array], Array]
    mean: float
    std: float
    skewness: float
    excess_kurtosis: float
    modes: tuple[Mode, ...] = field(default=())

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

    values: Array
    training: Array

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` values drawn with replacement from the training part: what a perfect memory would give."""
        return rng.choice(self.training, size=count, replace=True)


Reference = KnownDensity | HeldOut
