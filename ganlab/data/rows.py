"""Rows of a table, points, or windows of a series that training looks up by index."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.empirical import Array
from ganlab.data.vectors import VectorSet

MOST_SHOWN = 12
"""Columns that the line on what was found describes."""


class RowSet(Data):
    """Training samples drawn uniformly with replacement, as indices; `transform` gathers them and their conditions.

    Networks see float32 as the reference's columns encode it.

    Args:
        reference: whose training part is learnt from.
        encoded: that part as networks see it [n, ...], float32.
        found: what was read, in one line.
        sha256: of all that was read.
        class_names: of the labels, if the condition is one.
    """

    reference: VectorSet
    entry_shape = ()
    entry_dtype = torch.int64

    def __init__(
        self, reference: VectorSet, encoded: Tensor, found: str, sha256: str, class_names: tuple[str, ...] = ()
    ) -> None:
        self.reference = reference
        self.found = found
        self.fingerprint = {"sha256": sha256}
        self.units = reference.columns
        self.classes = reference.classes
        self.class_names = class_names
        self.balanced = not self.classes
        self.condition = reference.condition
        self.sample_shape = tuple(encoded.shape[1:])
        conditions = reference.training_conditions
        self.storage = (encoded,) if conditions is None else (encoded, conditions)

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        """`count` indices [count], int64."""
        return torch.randint(len(self.storage[0]), (count,), generator=generator)

    def transform(self, entries: Tensor, storage: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None]:
        return storage[0][entries], storage[1][entries] if len(storage) > 1 else None

    def gather(self, entries: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return torch.arange(len(entries)), tuple(table[entries] for table in self.storage)

    def draw_conditions(self, generator: torch.Generator, count: int) -> Tensor | None:
        """Conditions of held-out rows, drawn with replacement."""
        conditions = self.reference.held_out_conditions
        if conditions is None:
            return None
        return conditions[torch.randint(len(conditions), (count,), generator=generator)]


def range_of(values: Array) -> str:
    """The least, the largest and the mean of numbers, in words."""
    with np.errstate(over="ignore"):
        return f"{values.min():.6g} to {values.max():.6g}, mean {values.mean():.6g}"


def sha256_of(values: Array, *texts: str) -> str:
    """The hash, in hexadecimal, of values and of texts that say what they are."""
    digest = hashlib.sha256("\n".join([str(values.shape), *texts]).encode())
    digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()
