"""Real values on the line, split into a training and a held-out part and standardised for the networks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Annotated, Literal, Self

import numpy as np
import torch
from pydantic import Field, model_validator
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import Array, HeldOut
from ganlab.data.units import Standardised
from ganlab.errors import InputError
from ganlab.options import Options

FEWEST_VALUES = 20
ROUNDING = 1e-9
"""Of products and quotients that would be integers."""


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


class SplitValues(Data):
    """Values drawn with replacement from the training part of `values`.

    Networks see them standardised: the training part has mean 0 and standard deviation 1. Which values are
    held out depends on how many there are and on `options` alone.

    Args:
        values: finite values [n] in their own units.
        options: the fraction that is held out, and which one.
        name: what the values are called in messages.
        title: what they are called in `found`; by default the name.
        notes: what `found` says after what is in the values.

    Raises:
        InputError: the values are too few for the split, or do not vary.
    """

    sample_shape = (1,)

    def __init__(
        self, values: Array, options: SplitOptions, name: str, title: str = "", notes: Sequence[str] = ()
    ) -> None:
        training, held = _split(values, options, name)
        std = _standard_deviation(training, name)
        mean = float(training.mean())
        self.units = Standardised(mean=mean, std=std)
        standardised = ((training - mean) / std).astype(np.float32)
        self._standardised = torch.from_numpy(standardised)[:, None]
        self.reference = HeldOut(values=np.sort(held), training=training)
        self.found = "; ".join((f"{title or name}: {_summary(values)}", f"{len(held):,} held out", *notes))
        self.fingerprint = {"sha256": hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()}

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        indices = torch.randint(len(self._standardised), (count,), generator=generator)
        return self._standardised.index_select(0, indices)


def _summary(values: Array) -> str:
    with np.errstate(over="ignore"):
        mean = values.mean()
    return f"{len(values):,} values, min {values.min():.6g}, mean {mean:.6g}, max {values.max():.6g}"


def _split(values: Array, options: SplitOptions, name: str) -> tuple[Array, Array]:
    """The training part and the held-out part of `values`, each in the order of a fixed permutation."""
    if len(values) < FEWEST_VALUES:
        raise InputError(f"{name} has {len(values)} values; at least {FEWEST_VALUES} are needed")
    start, end = options.part(len(values))
    held_count, training_count = end - start, len(values) - (end - start)
    if min(held_count, training_count) < 2:
        raise InputError(
            f"{name} has {len(values)} values, which held_out {options.held_out} splits into {training_count} for "
            f"training and {held_count} held out; each part needs at least 2"
        )
    # RandomState, because NumPy promises that its stream never changes; Generator's may.
    shuffled = values[np.random.RandomState(0).permutation(len(values))]
    return np.concatenate([shuffled[:start], shuffled[end:]]), shuffled[start:end]


def _standard_deviation(training: Array, name: str) -> float:
    if training.min() == training.max():
        raise InputError(f"{name} is constant: every training value is {training[0]}; values must vary")
    with np.errstate(over="ignore", invalid="ignore"):
        std = float(training.std())
    if not 0 < std < np.inf:
        raise InputError(f"{name} has a standard deviation of {std} in float64; rescale its values")
    return std
