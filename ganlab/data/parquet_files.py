"""One column of a Parquet file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ganlab.data.column_cells import (
    CategoryCells,
    ColumnCells,
    NotNumbersError,
    has_large,
    of_array,
    position_of,
    refuse_merged,
)
from ganlab.data.number_text import is_missing
from ganlab.errors import InputError
from ganlab.extras import needed_for
from ganlab.text import one_line
from ganlab.zip_files import require_ratio

BYTES_A_NUMBER = 8


def read_parquet(path: Path, column: str | int | None) -> ColumnCells:
    """The numbers of one column; `column_files.read_numbers` says what it raises."""
    with _parquet_column(path, column) as (pyarrow, name, kind, cells):
        is_number = pyarrow.types.is_integer, pyarrow.types.is_floating, pyarrow.types.is_decimal
        if not any(test(kind) for test in is_number):
            raise NotNumbersError(f"'{path}': the column '{one_line(name)}' holds {one_line(str(kind))}, not numbers")
        values = cells.cast(pyarrow.float64(), safe=False).to_numpy()
        is_exact = pyarrow.types.is_integer(kind) or (pyarrow.types.is_decimal(kind))
        if is_exact and has_large(values):
            integers = cells.unique().drop_null()
            refuse_merged(path, len(integers), len(integers.cast(pyarrow.float64(), safe=False).unique()))
    return of_array(values, path)


def read_parquet_categories(path: Path, column: str | int | None) -> CategoryCells:
    """The texts of one column; `column_files.read_categories` says what it raises."""
    with _parquet_column(path, column) as (pyarrow, name, kind, cells):
        if pyarrow.types.is_dictionary(kind):
            kind = kind.value_type
        tests = ("is_string", "is_large_string", "is_integer", "is_boolean")
        if not any(getattr(pyarrow.types, test)(kind) for test in tests):
            raise InputError(
                f"'{path}': the column '{one_line(name)}' holds {one_line(str(kind))}; categories are texts, "
                "integers or truth values"
            )
        texts = cells.cast(pyarrow.string()).to_pylist()
    stripped = [None if text is None or is_missing(text.strip()) else text.strip() for text in texts]
    place = f"row {stripped.index(None)} (the first is 0)" if None in stripped else ""
    return CategoryCells(texts=stripped, first_missing=place)


@contextmanager
def _parquet_column(path: Path, column: str | int | None) -> Iterator[tuple[Any, str, Any, Any]]:
    """The module pyarrow, and name, type and cells of one column; what it cannot read is an InputError."""
    with needed_for(f"reading '{path}'"):
        import pyarrow
        from pyarrow import parquet
    try:
        file = parquet.ParquetFile(path)
        schema = file.schema_arrow
        name = schema.names[position_of(column, schema.names, path)]
        require_ratio(f"'{path}': the column '{one_line(name)}'", _size_of(file.metadata, name), path.stat().st_size)
        yield pyarrow, name, schema.field(name).type, file.read(columns=[name]).column(name)
    except (pyarrow.ArrowException, UnicodeDecodeError) as error:
        raise InputError(f"'{path}' is not a readable Parquet file: {error}") from None


def _size_of(metadata: Any, name: str) -> int:
    """The bytes of one column in memory, as the file itself says: of its pages, or of its rows as numbers."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    chunks = [group.column(index) for group in groups for index in range(group.num_columns)]
    pages: int = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] == name)
    rows: int = metadata.num_rows
    return max(pages, rows * BYTES_A_NUMBER)
