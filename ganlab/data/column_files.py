"""One numeric column of a CSV, Parquet or NPY file, read whole and checked."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlab.data.reference import Array
from ganlab.errors import InputError
from ganlab.registry import did_you_mean


def read_column(path: Path, column: str | int | None) -> Array:
    """The finite values [n], float64, of one column of a file, in the file's order.

    Args:
        path: a file whose suffix is .csv, .parquet or .npy.
        column: in a CSV file a name in its header, or an index (from 0) if it has no header; in a Parquet
            file a name; in an NPY file an index for a 2-D array and None for a 1-D one.

    Raises:
        InputError: there is no such file or column, the file cannot be read, or a value is no finite number.
    """
    try:
        if path.is_dir():
            raise InputError(f"'{path}' is a directory; give a file")
        if path.stat().st_size == 0:
            raise InputError(f"'{path}' is empty")
        if path.suffix.lower() not in READERS:
            raise InputError(f"'{path}' ends in none of {', '.join(READERS)}; other files cannot be read")
        return READERS[path.suffix.lower()](path, column)
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from None


def _read_csv(path: Path, column: str | int | None) -> Array:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, strict=True)
            if isinstance(column, int):
                position = column
            else:
                position = _position(column, [name.strip() for name in next(rows, [])], path)
            return np.array([_number(row, position, path, rows.line_num) for row in rows])
    except UnicodeDecodeError:
        raise InputError(f"'{path}' is not text in UTF-8; save it as such") from None
    except csv.Error as error:
        raise InputError(f"'{path}', line {rows.line_num}, is not well-formed CSV: {error}") from None


def _number(row: list[str], position: int, path: Path, line: int) -> float:
    if not 0 <= position < len(row):
        raise InputError(f"'{path}', line {line}, has {len(row)} cells and so none at index {position}")
    cell = row[position].strip()
    try:
        number = float(cell)
    except ValueError:
        fault = f"{cell[:40]!r} is not a number" if cell else "the cell is empty"
        hint = "; if this line is a header, give the column by its name" if line == 1 else ""
        raise InputError(f"'{path}', line {line}: {fault}{hint}") from None
    if not math.isfinite(number):
        raise InputError(f"'{path}', line {line}: {cell} is not a finite number")
    return number


def _read_parquet(path: Path, column: str | int | None) -> Array:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise InputError(f"reading '{path}' needs pyarrow: pip install ganlab[parquet]") from None
    try:
        file = parquet.ParquetFile(path)
        schema = file.schema_arrow
        name = schema.names[_position(column, schema.names, path)]
        kind = schema.field(name).type
        is_number = pyarrow.types.is_integer, pyarrow.types.is_floating, pyarrow.types.is_decimal
        if not any(test(kind) for test in is_number):
            raise InputError(f"'{path}': the column '{name}' holds {kind}, not numbers")
        values = file.read(columns=[name]).column(name).cast(pyarrow.float64(), safe=False).to_numpy()
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"'{path}' is not a readable Parquet file: {error}") from None
    return _finite(values, path)


def _read_npy(path: Path, column: str | int | None) -> Array:
    try:
        with path.open("rb") as file:
            array = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError, TokenError) as error:
        raise InputError(f"'{path}' is not a readable NPY file: {error}") from None
    if array.dtype.kind not in "iuf":
        raise InputError(f"'{path}' holds {array.dtype}, not integers or floats")
    if array.ndim == 1:
        if column is not None:
            raise InputError(f"'{path}' holds a 1-D array; leave out 'column', which is {column!r}")
        return _finite(array, path)
    if array.ndim != 2:
        raise InputError(f"'{path}' holds an array of shape {array.shape}; it must be 1-D or 2-D")
    if not isinstance(column, int) or not 0 <= column < array.shape[1]:
        raise InputError(f"'{path}' has {array.shape[1]} columns; 'column' is {column!r}, not an index below that")
    return _finite(array[:, column], path)


def _position(column: str | int | None, names: list[str], path: Path) -> int:
    if column is None:
        raise InputError(f"'{path}' has named columns; choose one with 'column': {', '.join(names)}")
    matches = names.count(str(column))
    if matches == 0:
        raise InputError(f"'{path}' has no column '{column}'; {did_you_mean(str(column), names)}")
    if matches > 1:
        raise InputError(f"'{path}' has {matches} columns named '{column}'; give them different names")
    return names.index(str(column))


def _finite(values: NDArray[Any], path: Path) -> Array:
    numbers: Array = values.astype(np.float64)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        row = wrong[0]
        raise InputError(f"'{path}', row {row} (the first is 0) is {numbers[row]}, not a finite number")
    return numbers


READERS = {".csv": _read_csv, ".parquet": _read_parquet, ".npy": _read_npy}
