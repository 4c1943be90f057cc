"""The truth in the plane: round normal modes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ganlab.data.empirical import Array
from ganlab.data.normal_mixture import NormalMixture
from ganlab.data.reference.base import SHOWN_POINTS, SampleReference


@dataclass(frozen=True, kw_only=True, eq=False)
class PlaneMixture(SampleReference):
    """Round normal modes of equal weight in the plane: `centres` [K, 2], each of standard deviation `std`.

    The modes are taken to lie far apart against `std`, as in the usual toy problems.
    """

    centres: Array
    std: float

    @property
    def picture(self) -> str:
        return "plane"

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
