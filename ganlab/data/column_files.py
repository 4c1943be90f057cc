"""One numeric column of a text, Parquet or NPY file, read whole and checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganlab.data.column_cells import EXACT, ColumnCells, position_of, refuse_merged
from ganlab.data.delimited_files import TextLayout, read_text
from ganlab.data.reference import Array
from ganlab.errors import InputError
from ganlab.text import one_line

Missing = Literal["drop", "refuse"]
Reader = Callable[[Path, str | int | None], ColumnCells]

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
    try:
        if path.is_dir():
            raise InputError(f"'{path}' is a directory; give a file")
        if path.stat().st_size == 0:
            raise InputError(f"'{path}' is empty")
        cells = _reader(path, layout)(path, column)
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from None
    return _whole(cells, missing, path)


def _reader(path: Path, layout: TextLayout | None) -> Reader:
    name = path.name.lower()
    if name.endswith(TEXT):
        return lambda path, column: read_text(path, column, layout or TextLayout())
    for suffix, reader in BINARY.items():
        if name.endswith(suffix):
            if layout:
                raise InputError(
                    f"'{path}' is not a text file; 'header', 'delimiter', 'decimal', 'thousands' and 'encoding' are "
                    "for text files only"
                )
            return reader
    raise InputError(f"'{path}' ends in none of {', '.join((*TEXT, *BINARY))}; other files cannot be read")


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


def _read_parquet(path: Path, column: str | int | None) -> ColumnCells:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise InputError(f"reading '{path}' needs pyarrow: pip install ganlab[parquet]") from None
    try:
        file = parquet.ParquetFile(path)
        schema = file.schema_arrow
        name = schema.names[position_of(column, schema.names, path)]
        kind = schema.field(name).type
        is_number = pyarrow.types.is_integer, pyarrow.types.is_floating, pyarrow.types.is_decimal
        if not any(test(kind) for test in is_number):
            raise InputError(f"'{path}': the column '{one_line(name)}' holds {one_line(str(kind))}, not numbers")
        cells = file.read(columns=[name]).column(name)
        values = cells.cast(pyarrow.float64(), safe=False).to_numpy()
        is_exact = pyarrow.types.is_integer(kind) or (pyarrow.types.is_decimal(kind))
        if is_exact and _has_large(values):
            integers = cells.unique().drop_null()
            refuse_merged(path, len(integers), len(integers.cast(pyarrow.float64(), safe=False).unique()))
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"'{path}' is not a readable Parquet file: {error}") from None
    return _of_array(values, path)


def _read_npy(path: Path, column: str | int | None) -> ColumnCells:
    try:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError, TokenError, MemoryError, OverflowError) as error:
        raise InputError(f"'{path}' is not a readable NPY file: {error}") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"'{path}' holds {one_line(str(array.dtype))}, not integers or floats")
    if array.ndim == 1:
        if column is not None:
            raise InputError(f"'{path}' holds a 1-D array; leave out 'column', which is {column!r}")
    elif array.ndim == 2:
        if not isinstance(column, int) or not 0 <= column < array.shape[1]:
            raise InputError(f"'{path}' has {array.shape[1]} columns; 'column' is {column!r}, not an index below that")
        array = array[:, column]
    else:
        raise InputError(f"'{path}' holds an array of shape {array.shape}; it must be 1-D or 2-D")
    with np.errstate(over="ignore"):
        values = array.astype(np.float64)
    if array.dtype.kind in "iu" and _has_large(values):
        refuse_merged(path, len(np.unique(array)), len(np.unique(values)))
    return _of_array(values, path)


def _has_large(values: NDArray[Any]) -> bool:
    """Whether float64 may not tell all integers of this size apart."""
    return bool((np.abs(values) >= EXACT).any())


def _of_array(values: Array, path: Path) -> ColumnCells:
    infinite = np.flatnonzero(np.isinf(values))
    if infinite.size:
        row = infinite[0]
        raise InputError(f"'{path}', row {row} (the first is 0) is {values[row]} in float64, not a finite number")
    missing = np.flatnonzero(np.isnan(values))
    return ColumnCells(values=values, first_missing=f"row {missing[0]} (the first is 0)" if missing.size else "")


BINARY: dict[str, Reader] = {".parquet": _read_parquet, ".npy": _read_npy}
