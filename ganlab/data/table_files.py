"""Several columns of one text or Parquet file, numbers and categories, row by row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganlab.data.class_folders import natural_order
from ganlab.data.column_cells import CategoryCells, ColumnCells, NotNumbersError
from ganlab.data.column_files import Missing, read_categories, read_numbers
from ganlab.data.delimited_files import TextLayout
from ganlab.data.empirical import Array
from ganlab.errors import InputError
from ganlab.text import one_line

Column = str | int

MOST_CATEGORIES = 1_000
"""More are taken for a slip, such as a column of names of persons."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Columns of a file.

    Attributes:
        values: finite float64 [n, columns] in the file's order; of a category, its index.
        categories: the names of each categorical column's categories, in natural order: 1, 2, 10.
        dropped: how many rows had missing cells, and were left out.
        note: what the user should know of how the file was read; may be empty.
    """

    values: Array
    categories: Mapping[str, tuple[str, ...]]
    dropped: int
    note: str


def read_table(
    path: Path,
    columns: Mapping[str, Column],
    categorical: Collection[str] = (),
    missing: Missing = "refuse",
    layout: TextLayout | None = None,
) -> Table:
    """The `columns` of a file, each read as `column_files` reads one.

    Args:
        path: a file whose suffix is .csv, .tsv, .csv.gz, .tsv.gz or .parquet.
        columns: by their names: names in the header, or indices (from 0) in a text file without one.
        categorical: the names of those whose cells are texts, one a category.
        missing: what is done with rows in which a cell is missing.
        layout: how a text file is to be read, where that is not as its suffix says.

    Raises:
        InputError: there is no such file or column, the file cannot be read, a cell is neither a finite number nor in a
            column of categories, or such a column has one category alone or more than `MOST_CATEGORIES`.
    """
    if path.name.lower().endswith(".npy"):
        raise InputError(f"'{path}' has no named columns; read it as data of the kind 'points'")
    numbers = {name: _numbers(path, column, layout) for name, column in columns.items() if name not in categorical}
    texts = {name: read_categories(path, columns[name], layout) for name in categorical}
    cells = {name: numbers[name] if name in numbers else texts[name] for name in columns}
    kept = complete_rows(path, cells, missing)
    categories = {name: _names(path, name, _texts(texts[name], kept)) for name in columns if name in texts}
    values = [
        numbers[name].values[kept] if name in numbers else _indices(_texts(texts[name], kept), categories[name])
        for name in columns
    ]
    dropped = len(kept) - int(kept.sum())
    return Table(values=np.stack(values, axis=1), categories=categories, dropped=dropped, note=_note(cells))


def _numbers(path: Path, column: Column, layout: TextLayout | None) -> ColumnCells:
    try:
        return read_numbers(path, column, layout)
    except NotNumbersError as error:
        raise InputError(
            f"{error}; if the column {one_line(repr(column))} holds categories, list it under 'categorical'"
        ) from None


def complete_rows(path: Path, cells: Mapping[str, ColumnCells | CategoryCells], missing: Missing) -> NDArray[np.bool_]:
    """Which rows have no missing cell [n].

    Raises:
        InputError: some have one, and are not to be dropped.
    """
    kept: NDArray[np.bool_] = ~np.any([one.is_missing for one in cells.values()], axis=0)
    lost = len(kept) - int(kept.sum())
    if lost and missing == "refuse":
        name, first = next((name, one) for name, one in cells.items() if one.first_missing)
        raise InputError(
            f"'{path}': cells are missing in {lost:,} of {len(kept):,} rows, the first of the column "
            f"'{one_line(name)}' in {first.first_missing}; write 'missing: drop' to leave such rows out"
        )
    return kept


def _note(cells: Mapping[str, ColumnCells | CategoryCells]) -> str:
    """What was noticed of the file's header; of a first value, that of the first column."""
    return next(iter(cells.values())).note


def _texts(cells: CategoryCells, kept: NDArray[np.bool_]) -> list[str]:
    return [text for text, keep in zip(cells.texts, kept, strict=True) if keep and text is not None]


def _names(path: Path, column: str, texts: Sequence[str]) -> tuple[str, ...]:
    names = tuple(natural_order(set(texts)))
    if not 2 <= len(names) <= MOST_CATEGORIES:
        raise InputError(
            f"'{path}': the categorical column '{one_line(column)}' has {len(names):,} different "
            f"{'category' if len(names) == 1 else 'categories'}; there must be 2 to {MOST_CATEGORIES:,}"
        )
    return names


def _indices(texts: Sequence[str], names: Sequence[str]) -> Array:
    index = {name: i for i, name in enumerate(names)}
    return np.array([index[text] for text in texts], dtype=np.float64)
