"""Real values on the line, split into a training and a held-out part and standardised for the networks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import Array, HeldOut
from ganlab.data.units import Standardised
from ganlab.errors import InputError
from ganlab.options import Options

FEWEST_VALUES = 20


class SplitOptions(Options):
    """`held_out` is the fraction of the values that is kept from training."""

    held_out: float = Field(0.2, gt=0, lt=1)


class SplitValues(Data):
    """Values drawn with replacement from the training part of `values`.

    Networks see them standardised: the training part has mean 0 and standard deviation 1. Which values are
    held out depends on how many there are and on `held_out` alone, so every training seed has the same split.

    Args:
        values: finite values [n] in their own units.
        held_out: the fraction that is held out, strictly between 0 and 1.
        name: what the values are called in messages.
        title: what they are called in `found`; by default the name.
        notes: what `found` says after what is in the values.

    Raises:
        InputError: the values are too few for the split, or do not vary.
    """

    sample_shape = (1,)

    def __init__(self, values: Array, held_out: float, name: str, title: str = "", notes: Sequence[str] = ()) -> None:
        training, held = _split(values, held_out, name)
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


def _split(values: Array, held_out: float, name: str) -> tuple[Array, Array]:
    """The training part and the held-out part of `values`, each in the order of a fixed permutation."""
    if len(values) < FEWEST_VALUES:
        raise InputError(f"{name} has {len(values)} values; at least {FEWEST_VALUES} are needed")
    held_count = round(held_out * len(values))
    training_count = len(values) - held_count
    if min(held_count, training_count) < 2:
        raise InputError(
            f"{name} has {len(values)} values, which held_out {held_out} splits into {training_count} for "
            f"training and {held_count} held out; each part needs at least 2"
        )
    # RandomState, because NumPy promises that its stream never changes; Generator's may.
    shuffled = values[np.random.RandomState(0).permutation(len(values))]
    return shuffled[held_count:], shuffled[:held_count]


def _standard_deviation(training: Array, name: str) -> float:
    if training.min() == training.max():
        raise InputError(f"{name} is constant: every training value is {training[0]}; values must vary")
    with np.errstate(over="ignore", invalid="ignore"):
        std = float(training.std())
    if not 0 < std < np.inf:
        raise InputError(f"{name} has a standard deviation of {std} in float64; rescale its values")
    return std
