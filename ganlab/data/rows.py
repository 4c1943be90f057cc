"""Rows of a table, points, or windows of a series that training looks up by index."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.columns import Columns
from ganlab.data.empirical import Array
from ganlab.data.vectors import VectorSet


class RowSet(Data):
    """Training samples drawn uniformly with replacement, as indices; `decode` looks them and their conditions up.

    Networks see float32 as the reference's columns encode it.

    Args:
        reference: whose training part is learnt from.
        encoded: that part as networks see it [n, ...], float32.
        found: what was read, in one line.
        sha256: of all that was read.
        class_names: of the labels, if the condition is one.
    """

    reference: VectorSet
    drawn_shape = ()
    drawn_dtype = torch.int64

    def __init__(
        self, reference: VectorSet, encoded: Tensor, found: str, sha256: str, class_names: tuple[str, ...] = ()
    ) -> None:
        self.reference = reference
        self.found = found
        self.fingerprint = {"sha256": sha256}
        self.units = reference.columns
        self.classes = reference.classes
        self.class_names = class_names
        self.condition = reference.condition
        self.sample_shape = tuple(encoded.shape[1:])
        conditions = reference.training_conditions
        self.tables = (encoded,) if conditions is None else (encoded, conditions)

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        """`count` indices [count], int64."""
        return torch.randint(len(self.tables[0]), (count,), generator=generator)

    def decode(self, drawn: Tensor, tables: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None]:
        return tables[0][drawn], tables[1][drawn] if len(tables) > 1 else None

    def look_up(self, drawn: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return torch.arange(len(drawn)), tuple(table[drawn] for table in self.tables)

    def draw_conditions(self, generator: torch.Generator, count: int) -> Tensor | None:
        """Conditions of held-out rows, drawn with replacement."""
        conditions = self.reference.held_out_conditions
        if conditions is None:
            return None
        return conditions[torch.randint(len(conditions), (count,), generator=generator)]


def encoded_by(columns: Columns, values: Array) -> Tensor:
    """`values` [..., columns] in the data's own units as networks see them, float32 [..., width]."""
    return torch.from_numpy(columns.encode(values).astype(np.float32))


def sha256_of(values: Array, *texts: str) -> str:
    """The hash, in hexadecimal, of values and of texts that say what they are."""
    digest = hashlib.sha256("\n".join([str(values.shape), *texts]).encode())
    digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return digest.hexdigest()
