"""What vectors and series are compared with: real ones that are held out, or true ones drawn for the purpose."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from ganlab.data.columns import Columns
from ganlab.data.empirical import Array
from ganlab.data.marginals import marginals
from ganlab.data.reference import SHOWN_POINTS, SampleReference

SHOWN_WINDOWS = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class VectorSet(SampleReference):
    """Vectors [d], or windows of a series [T, C], of which a part is held out; all in the data's own units.

    A category counts as its index in the column's names.

    Attributes:
        training: what is learnt from, float64 [n, d] or [n, T, C].
        held_out: what generated samples are compared with, float64 [m, d] or [m, T, C].
        columns: what the d or C columns are.
        name: the held-out part in words, for a footnote.
        condition: what the conditions are, if they are real vectors.
        classes: how many labels there are, if the condition is one; 0 otherwise.
        training_conditions, held_out_conditions: of each sample, as networks are given them: float32 [n, g] and [m, g],
            or labels, int64 [n] and [m]; None without conditions.
    """

    training: Array
    held_out: Array
    columns: Columns
    name: str
    condition: Columns | None = None
    classes: int = 0
    training_conditions: Tensor | None = None
    held_out_conditions: Tensor | None = None

    @property
    def evaluators(self) -> tuple[str, ...]:
        exist = {
            "sliced-wasserstein": True,
            "marginals": True,
            "energy-distance": True,
            "mmd": 0 < self.spread < math.inf,
            "correlations": len(self.sample_shape) == 1 and self.sample_shape[0] > 1,
            "autocorrelation": len(self.sample_shape) == 2,
            "conditional-w1": self.has_conditions,
            "reconstruction": True,
        }
        return tuple(name for name, does in exist.items() if does)

    @property
    def picture(self) -> str:
        if len(self.sample_shape) == 2:
            return "series"
        return "scatter" if self.sample_shape == (2,) and not self.columns.categories else "marginals"

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return tuple(self.held_out.shape[1:])

    @property
    def words(self) -> str:
        return self.name

    @cached_property
    def spread(self) -> float:
        return math.sqrt(self.coordinates(self.held_out).var(axis=0).sum() / 2)

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` samples drawn with replacement from the training part: what a perfect memory would give."""
        return self.training[rng.integers(len(self.training), size=count)]

    @property
    def has_conditions(self) -> bool:
        return self.held_out_conditions is not None

    def with_conditions(self, rng: np.random.Generator, count: int) -> tuple[Array, NDArray[Any]]:
        """All held-out samples and the condition of each."""
        assert self.held_out_conditions is not None
        return self.held_out, self.held_out_conditions.numpy()

    def coordinates(self, samples: Array) -> Array:
        """`samples` [n, ...] as networks see them, flat: standardised, and a category as a row of zeros and a one."""
        count = len(samples)
        return self.columns.encode(samples.reshape(count, *self.sample_shape)).reshape(count, -1)

    def pictured(self, samples: Tensor) -> dict[str, ArrayLike]:
        found, truth = self.prepare(samples), self.held_out
        names = np.array(self.columns.names)
        match self.picture:
            case "series":
                return {"windows": found[:SHOWN_WINDOWS], "real": truth[:: _step(truth, SHOWN_WINDOWS)], "names": names}
            case "scatter":
                real = truth[:: _step(truth, SHOWN_POINTS)]
                return {"points": found[:SHOWN_POINTS], "real": real, "names": names}
        return dict(marginals(found, truth, self.columns))


def _step(samples: Array, count: int) -> int:
    """From one shown sample to the next, so that about `count` are."""
    return math.ceil(len(samples) / count)


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledSet(VectorSet):
    """Vectors of a distribution that can be drawn from, but whose density is not known.

    Attributes:
        draw: ``(rng, count)`` to `count` independent true samples [count, d]; both parts are such samples.
    """

    draw: Callable[[np.random.Generator, int], Array]

    def fresh(self, rng: np.random.Generator, count: int) -> Array:
        """`count` independent true samples."""
        return self.draw(rng, count)
