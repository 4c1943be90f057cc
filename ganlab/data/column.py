"""A numeric column of a user's file."""

from __future__ import annotations

from typing import Self

from pydantic import field_validator, model_validator

from ganlab.data.base import DataSource, register
from ganlab.data.column_files import Missing, read_column
from ganlab.data.delimited_files import TextLayout
from ganlab.data.number_text import DecimalMark, ThousandsMark
from ganlab.data.places import user_path
from ganlab.data.splits import SplitOptions
from ganlab.data.values import SplitValues
from ganlab.text import one_line

TAB = "tab"


class ColumnOptions(SplitOptions):
    """What is read, and how.

    `column` is a name, an index where columns have no names, or nothing for a 1-D NPY array; `missing` says what is
    done where cells are empty. The others are for text files: `header` says whether the first line has the names,
    where that is in doubt; `delimiter` is one character or "tab".
    """

    path: str
    column: str | int | None = None
    header: bool | None = None
    delimiter: str | None = None
    decimal: DecimalMark = "."
    thousands: ThousandsMark | None = None
    encoding: str = "utf-8"
    missing: Missing = "refuse"

    @field_validator("delimiter")
    @classmethod
    def _is_one_character(cls, delimiter: str | None) -> str | None:
        if delimiter in (None, TAB, "\t"):
            return delimiter and TAB
        if len(delimiter) != 1 or not delimiter.isprintable() or delimiter.isalnum() or delimiter in '"+-.':
            raise ValueError(f"'{one_line(delimiter)}' is not a delimiter; write one character, such as ';', or 'tab'")
        return delimiter

    @field_validator("encoding")
    @classmethod
    def _is_printable(cls, encoding: str) -> str:
        if not encoding.isprintable():
            raise ValueError(f"'{one_line(encoding)}' names no encoding; write one such as utf-8 or cp1252")
        return encoding

    @model_validator(mode="after")
    def _marks_differ(self) -> Self:
        if self.thousands == self.decimal:
            raise ValueError(f"'thousands' and 'decimal' are both '{self.decimal}'; one mark cannot be both")
        return self

    @property
    def layout(self) -> TextLayout | None:
        """How a text file is to be read; None where no option says."""
        layout = TextLayout(
            header=self.header,
            delimiter="\t" if self.delimiter == TAB else self.delimiter,
            decimal=self.decimal,
            thousands=self.thousands,
            encoding=self.encoding,
        )
        return None if layout == TextLayout() else layout


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
