"""One numeric column of a text, Parquet or NPY file, read whole and checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from ganlab.data import delimited_files
from ganlab.data.column_cells import CategoryCells, ColumnCells, has_large, of_array, refuse_merged
from ganlab.data.delimited_files import TextLayout
from ganlab.data.parquet_files import read_parquet, read_parquet_categories
from ganlab.data.reference import Array
from ganlab.errors import InputError
from ganlab.text import one_line

Missing = Literal["drop", "refuse"]
Cells = TypeVar("Cells")
Reader = Callable[[Path, str | int | None], Cells]

TEXT = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a file.

    Attributes:
        values: finite float64 [n], in the file's order.
        dropped: how many cells were missing, and left out.
        note: what the user should know of how the file was read; may be empty.
    """

    values: Array
    dropped: int
    note: str


def read_column(
    path: Path, column: str | int | None, missing: Missing = "refuse", layout: TextLayout | None = None
) -> Column:
    """One column of a file.

    Args:
        path: a file whose suffix is one of `TEXT`, .parquet or .npy.
        column: in a text file a name in its header, or an index (from 0) if it has no header; in a Parquet file a
            name; in an NPY file an index for a 2-D array and None for a 1-D one.
        missing: what is done where cells are empty, null, NaN, or a word for it.
        layout: how a text file is to be read, where that is not as its suffix says.

    Raises:
        InputError: there is no such file or column, the file cannot be read, or a cell is no finite number.
    """
    return _whole(read_numbers(path, column, layout), missing, path)


def read_numbers(path: Path, column: str | int | None, layout: TextLayout | None = None) -> ColumnCells:
    """The cells of one column, NaN where they are missing.

    Raises:
        NotNumbersError: the column holds something else.
        InputError: there is no such file or column, the file cannot be read, or a cell is infinite.
    """
    return _read(path, column, layout, delimited_files.read_text, BINARY)


def read_categories(path: Path, column: str | int | None, layout: TextLayout | None = None) -> CategoryCells:
    """The cells of one column as texts.

    Raises:
        InputError: there is no such file or column, the file cannot be read, or a Parquet column is not of texts,
            integers or truth values.
    """
    return _read(path, column, layout, delimited_files.read_categories, {".parquet": read_parquet_categories})


def _read(
    path: Path,
    column: str | int | None,
    layout: TextLayout | None,
    of_text: Callable[[Path, str | int | None, TextLayout], Cells],
    binary: Mapping[str, Reader[Cells]],
) -> Cells:
    """What the reader of the file's suffix makes of one column: one `of_text`, or one of `binary`."""
    try:
        if path.is_dir():
            raise InputError(f"'{path}' is a directory; give a file")
        if path.stat().st_size == 0:
            raise InputError(f"'{path}' is empty")
        if path.name.lower().endswith(TEXT):
            return of_text(path, column, layout or TextLayout())
        return _binary_reader(path, layout, binary)(path, column)
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from None


def _binary_reader(path: Path, layout: TextLayout | None, binary: Mapping[str, Reader[Cells]]) -> Reader[Cells]:
    name = path.name.lower()
    for suffix, reader in binary.items():
        if name.endswith(suffix):
            if layout:
                raise InputError(
                    f"'{path}' is not a text file; 'header', 'delimiter', 'decimal', 'thousands' and 'encoding' are "
                    "for text files only"
                )
            return reader
    raise InputError(f"'{path}' ends in none of {', '.join((*TEXT, *binary))}; other files cannot be read")


def _whole(cells: ColumnCells, missing: Missing, path: Path) -> Column:
    """The values of `cells` without those that are missing, if they may be."""
    is_missing = np.isnan(cells.values)
    count = int(is_missing.sum())
    if count and missing == "refuse":
        raise InputError(
            f"'{path}': {count:,} of {len(is_missing):,} values {'is' if count == 1 else 'are'} missing, the first in "
            f"{cells.first_missing}; write 'missing: drop' to leave {'it' if count == 1 else 'them'} out"
        )
    return Column(values=cells.values[~is_missing], dropped=count, note=cells.note)


def read_columns(path: Path, layout: TextLayout | None = None) -> dict[str, ColumnCells]:
    """All columns of a text or Parquet file, or of a 2-D NPY array [n, d], by their names or indices.

    Raises:
        InputError: the file cannot be read, the array is not 2-D, or a cell is no number or infinite.
    """

    def of_text(path: Path, column: object, layout: TextLayout) -> dict[str, ColumnCells]:
        names = delimited_files.columns_in(path, layout)
        return {str(name): delimited_files.read_text(path, name, layout) for name in names}

    return _read(path, None, layout, of_text, {".npy": _read_points})


def _read_points(path: Path, column: object) -> dict[str, ColumnCells]:
    array = _read_array(path)
    if array.ndim != 2 or array.shape[1] == 0:
        raise InputError(f"'{path}' holds an array of shape {array.shape}; points are an array [n, d]")
    return {str(index): _of_numbers(array[:, index], path) for index in range(array.shape[1])}


def _read_npy(path: Path, column: str | int | None) -> ColumnCells:
    array = _read_array(path)
    if array.ndim == 1:
        if column is not None:
            raise InputError(f"'{path}' holds a 1-D array; leave out 'column', which is {column!r}")
    elif array.ndim == 2:
        if not isinstance(column, int) or not 0 <= column < array.shape[1]:
            raise InputError(f"'{path}' has {array.shape[1]} columns; 'column' is {column!r}, not an index below that")
        array = array[:, column]
    else:
        raise InputError(f"'{path}' holds an array of shape {array.shape}; it must be 1-D or 2-D")
    return _of_numbers(array, path)


def _read_array(path: Path) -> NDArray[Any]:
    """The array of integers or floats that a NPY file holds."""
    try:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError, TokenError, MemoryError, OverflowError) as error:
        raise InputError(f"'{path}' is not a readable NPY file: {error}") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"'{path}' holds {one_line(str(array.dtype))}, not integers or floats")
    return array


def _of_numbers(array: NDArray[Any], path: Path) -> ColumnCells:
    """The cells of a column [n] of integers or floats."""
    with np.errstate(over="ignore"):
        values = array.astype(np.float64)
    if array.dtype.kind in "iu" and has_large(values):
        refuse_merged(path, len(np.unique(array)), len(np.unique(values)))
    return of_array(values, path)


BINARY: dict[str, Reader[ColumnCells]] = {".parquet": read_parquet, ".npy": _read_npy}
