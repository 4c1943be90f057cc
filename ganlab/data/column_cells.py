"""What the readers of columns have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlab.data.reference import Array
from ganlab.errors import InputError
from ganlab.registry import did_you_mean
from ganlab.text import one_line

EXACT = 2.0**53
"""Float64 tells all integers below this apart."""

SHOWN = 60
"""Characters of a name that a message shows."""


@dataclass(frozen=True, kw_only=True)
class ColumnCells:
    """The cells of one column.

    Attributes:
        values: [n], in the file's order, none of them infinite; NaN where a cell is missing.
        first_missing: where the first missing cell is, if there is one.
        note: what the user should know of how the file was read; may be empty.
    """

    values: Array
    first_missing: str = ""
    note: str = ""

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        return np.isnan(self.values)


@dataclass(frozen=True, kw_only=True)
class CategoryCells:
    """The cells of one column of categories.

    Attributes:
        texts: one a row, in the file's order; None where a cell is missing.
        first_missing: where the first missing cell is, if there is one.
        note: what the user should know of how the file was read; may be empty.
    """

    texts: Sequence[str | None]
    first_missing: str = ""
    note: str = ""

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        return np.array([text is None for text in self.texts])


class NotNumbersError(InputError):
    """A column holds something else than numbers."""


def shown_names(names: Sequence[str]) -> list[str]:
    """`names` for a message: each on one line and not too long, without empty ones and the index that pandas adds."""
    return [one_line(name[:SHOWN]) for name in names if name and not name.startswith("__index_level_")]


def position_of(column: str | int | None, names: Sequence[str], path: Path, hint: str = "") -> int:
    """The position among `names` of the only one that is `column`.

    Args:
        column: the name, or a number that is one.
        names: of all columns.
        path: of the file, for messages.
        hint: what else may be wrong, for messages.

    Raises:
        InputError: there is none or several, or `column` is None.
    """
    if column is None:
        raise InputError(
            f"'{path}' has named columns{hint}; choose one with 'column'; {did_you_mean('', shown_names(names))}"
        )
    name = str(column)
    matches = names.count(name)
    if matches == 0:
        raise InputError(f"'{path}' has no column '{one_line(name)}'{hint}; {did_you_mean(name, shown_names(names))}")
    if matches > 1:
        raise InputError(f"'{path}' has {matches} columns named '{one_line(name)}'; give them different names")
    return names.index(name)


def refuse_merged(path: Path, integers: int, values: int) -> None:
    """Check that no two of `integers` different integers became the same among `values` different ones in float64."""
    if values < integers:
        raise InputError(
            f"'{path}': {integers:,} different integers of the column become {values:,} in float64, which tells "
            "integers apart up to 2^53; subtract an offset from them, such as the smallest"
        )


def has_large(values: NDArray[Any]) -> bool:
    """Whether float64 may not tell all integers of this size apart."""
    return bool((np.abs(values) >= EXACT).any())


def of_array(values: Array, path: Path) -> ColumnCells:
    """The cells that `values` [n] of a binary file are.

    Raises:
        InputError: one is infinite.
    """
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        row = infinite[0]
        raise InputError(f"'{path}', row {row} (the first is 0) is {values[row]} in float64, not a finite number")
    missing = np.flatnonzero(np.isnan(values))
    return ColumnCells(values=values, first_missing=f"row {missing[0]} (the first is 0)" if missing.size else "")
