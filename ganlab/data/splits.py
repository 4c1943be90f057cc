"""Which values, or rows, are learnt from and which are held out."""

from __future__ import annotations

import math
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from ganlab.data.empirical import Array
from ganlab.errors import InputError
from ganlab.options import Options

FEWEST_VALUES = 20
ROUNDING = 1e-9
"""Of products and quotients that would be integers."""

Indices = NDArray[np.intp]


class SplitOptions(Options):
    """`held_out` is the fraction of the values that is kept from training; `split` says which of them.

    Splits hold out different values, so there are 1 / `held_out` of them. "seed" gives each run the split of its seed.
    """

    held_out: float = Field(0.2, gt=0, lt=1)
    split: Annotated[int, Field(ge=0)] | Literal["seed"] = 0

    @model_validator(mode="after")
    def _split_exists(self) -> Self:
        splits = math.floor(1 / self.held_out + ROUNDING)
        if isinstance(self.split, int) and self.split >= splits:
            raise ValueError(
                f"there is no split {self.split}: with held_out {self.held_out:g} there are {splits}, numbered from 0, "
                "which hold out different values; a smaller held_out makes more"
            )
        return self

    def part(self, count: int) -> tuple[int, int]:
        """From where to where `count` shuffled values are held out; all splits hold out as many.

        Raises:
            InputError: the split depends on a seed, which is not known here.
        """
        if isinstance(self.split, str):
            raise InputError("'split: seed' is for sweeps, where runs have seeds; here, give the number of a split")
        size = math.floor(self.held_out * count + ROUNDING)
        return self.split * size, (self.split + 1) * size


def split_of(count: int, options: SplitOptions, name: str, kind: str = "values") -> tuple[Indices, Indices]:
    """Which of `count` values are learnt from, and which are held out, each in the order of a fixed permutation.

    Raises:
        InputError: they are too few.
    """
    start, end = options.part(require_enough(count, name, kind))
    held_count, training_count = end - start, count - (end - start)
    if min(held_count, training_count) < 2:
        raise InputError(
            f"{name} has {count} {kind}, which held_out {options.held_out} splits into {training_count} for "
            f"training and {held_count} held out; each part needs at least 2"
        )
    # RandomState, because NumPy promises that its stream never changes; Generator's may.
    shuffled = np.random.RandomState(0).permutation(count)
    return np.concatenate([shuffled[:start], shuffled[end:]]), shuffled[start:end]


def require_enough(count: int, name: str, kind: str = "values") -> int:
    """`count` itself.

    Raises:
        InputError: it is less than `FEWEST_VALUES`.
    """
    if count < FEWEST_VALUES:
        raise InputError(f"{name} has {count} {kind}; at least {FEWEST_VALUES} are needed")
    return count


def standard_deviation(training: Array, name: str) -> float:
    if training.min() == training.max():
        raise InputError(f"{name} is constant: every training value is {training[0]}; values must vary")
    with np.errstate(over="ignore", invalid="ignore"):
        std = float(training.std())
    if not 0 < std < np.inf:
        raise InputError(f"{name} has a standard deviation of {std} in float64; rescale its values")
    return std
