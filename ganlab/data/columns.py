"""Columns of a table as networks see them: numbers standardised, and categories as blocks of zeros and a one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field, FiniteFloat
from torch import Tensor

from ganlab.data.empirical import Array
from ganlab.data.splits import standard_deviation
from ganlab.options import ListOf, Options
from ganlab.text import one_line

Positive = Annotated[FiniteFloat, Field(gt=0)]


class Columns(Options):
    """What the last axis of samples holds: one entry of `names`, `means` and `stds` a column.

    Networks see a number less the mean and over the standard deviation, and a category as a block of as many numbers as
    the column has categories. In the data's own units a category is its index.

    Attributes:
        categories: the names of the categories, by column; their mean is 0 and their standard deviation 1.
    """

    name: Literal["columns"] = "columns"
    names: ListOf[str]
    means: ListOf[FiniteFloat]
    stds: ListOf[Positive]
    categories: Mapping[str, ListOf[str]] = {}

    @property
    def widths(self) -> tuple[int, ...]:
        """How many numbers networks see of each column."""
        return tuple(len(self.categories.get(name, "1")) for name in self.names)

    @property
    def width(self) -> int:
        return sum(self.widths)

    @property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """Where the block of each categorical column starts and stops among what networks see."""
        stops = np.cumsum(self.widths).tolist()
        pairs = zip(self.names, self.widths, stops, strict=True)
        return tuple((stop - width, stop) for name, width, stop in pairs if name in self.categories)

    def encode(self, values: Array) -> Array:
        """`values` [..., columns] in the data's own units as networks see them [..., width], float64."""
        return np.concatenate([self._encoded(i, values[..., i]) for i in range(len(self.names))], axis=-1)

    def of(self, samples: Tensor) -> Tensor:
        """`samples` [..., width] in the data's own units [..., columns], float64; of a block, the largest entry."""
        parts = torch.split(samples.double(), list(self.widths), dim=-1)
        return torch.cat([self._decoded(i, part) for i, part in enumerate(parts)], dim=-1)

    def _encoded(self, column: int, values: Array) -> Array:
        name = self.names[column]
        if name in self.categories:
            return np.asarray(values[..., np.newaxis] == np.arange(len(self.categories[name])), dtype=np.float64)
        return np.asarray((values[..., np.newaxis] - self.means[column]) / self.stds[column])

    def _decoded(self, column: int, part: Tensor) -> Tensor:
        if self.names[column] in self.categories:
            return part.argmax(dim=-1, keepdim=True).double()
        return part * self.stds[column] + self.means[column]


def columns_of(
    training: Array, names: Sequence[str], place: str, categories: Mapping[str, Sequence[str]] | None = None
) -> Columns:
    """The columns of `training` [n, columns], standardised by their own means and standard deviations.

    Args:
        training: finite; of a category, its index.
        names: of the columns.
        place: what they were read from, for messages.
        categories: the names of the categories, by column.

    Raises:
        InputError: a column of numbers is constant, or has no standard deviation in float64.
    """
    known = {name: tuple(some) for name, some in (categories or {}).items() if name in names}
    pairs = [
        (0.0, 1.0) if name in known else _mean_and_std(part, f"{place}, column '{one_line(name)}',")
        for name, part in zip(names, training.T, strict=True)
    ]
    means, stds = zip(*pairs, strict=True)
    return Columns(names=tuple(names), means=means, stds=stds, categories=known)


def _mean_and_std(values: Array, name: str) -> tuple[float, float]:
    std = standard_deviation(values, name)
    return float(values.mean()), std
