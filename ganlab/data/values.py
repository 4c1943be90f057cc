"""Real values on the line, split into a training and a held-out part and standardised for the networks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import Array, HeldOut
from ganlab.data.splits import SplitOptions, split_of, standard_deviation
from ganlab.data.units import Standardised


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
        learnt, kept = split_of(len(values), options, name)
        training, held = values[learnt], values[kept]
        std = standard_deviation(training, name)
        mean = float(training.mean())
        self.units = Standardised(mean=mean, std=std)
        standardised = ((training - mean) / std).astype(np.float32)
        self._standardised = torch.from_numpy(standardised)[:, None]
        self.reference = HeldOut(held_out=np.sort(held), training=training)
        self.found = "; ".join((f"{title or name}: {_summary(values)}", f"{len(held):,} held out", *notes))
        self.fingerprint = {"sha256": hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()}

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        indices = torch.randint(len(self._standardised), (count,), generator=generator)
        return self._standardised.index_select(0, indices)


def _summary(values: Array) -> str:
    with np.errstate(over="ignore"):
        mean = values.mean()
    return f"{len(values):,} values, min {values.min():.6g}, mean {mean:.6g}, max {values.max():.6g}"
