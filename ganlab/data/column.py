"""A numeric column of a user's file."""

from __future__ import annotations

from pathlib import Path

from ganlab.data.base import DataSource, register
from ganlab.data.column_files import read_column
from ganlab.data.values import SplitOptions, SplitValues
from ganlab.errors import InputError


class ColumnOptions(SplitOptions):
    """`column` is a name, an index where columns have no names, or nothing for a 1-D NPY array."""

    path: str
    column: str | int | None = None


def column(options: ColumnOptions) -> SplitValues:
    """The values of one column of a CSV, Parquet or NPY file. `~` is the home directory."""
    try:
        path = Path(options.path).expanduser()
    except RuntimeError:
        raise InputError(f"'{options.path}' starts in no known home directory; write it in full") from None
    values = read_column(path, options.column)
    name = f"'{options.path}'" if options.column is None else f"'{options.path}', column '{options.column}',"
    return SplitValues(values, options.held_out, name)


register(
    DataSource(
        name="column",
        summary="a numeric column of a CSV, Parquet or NPY file",
        options=ColumnOptions,
        load=column,
    )
)
