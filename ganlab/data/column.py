"""A numeric column of a user's file."""

from __future__ import annotations

from ganlab.data.base import DataSource, register
from ganlab.data.column_files import read_column
from ganlab.data.file_options import GappyFileOptions
from ganlab.data.places import user_path
from ganlab.data.splits import SplitOptions
from ganlab.data.values import SplitValues
from ganlab.text import one_line


class ColumnOptions(GappyFileOptions, SplitOptions):
    """`column` is a name, an index where columns have no names, or nothing for a 1-D NPY array."""

    column: str | int | None = None


def column(options: ColumnOptions) -> SplitValues:
    """The values of one column of a text, Parquet or NPY file."""
    read = read_column(user_path(options.path), options.column, options.missing, options.layout)
    name, title = f"'{options.path}'", one_line(options.path)
    if options.column is not None:
        chosen = f"column {one_line(repr(options.column))}"
        name, title = f"{name}, {chosen},", f"{title}, {chosen}"
    notes = [read.note] if read.note else []
    if read.dropped:
        notes.append(f"{read.dropped:,} missing dropped")
    return SplitValues(read.values, options, name, title, notes)


register(
    DataSource(
        name="column",
        summary="a numeric column of a CSV, TSV, Parquet or NPY file",
        options=ColumnOptions,
        load=column,
        paths=("path",),
    )
)
