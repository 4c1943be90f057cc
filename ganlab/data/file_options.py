"""How a file of columns is to be read."""

from __future__ import annotations

from typing import Self

from pydantic import field_validator, model_validator

from ganlab.data.column_files import Missing
from ganlab.data.delimited_files import TextLayout
from ganlab.data.number_text import DecimalMark, ThousandsMark
from ganlab.options import Options
from ganlab.text import one_line

TAB = "tab"


class FileOptions(Options):
    """Which file is read, and how, if it is a text file.

    `header` says whether the first line has the names, where that is in doubt; `delimiter` is one character or "tab".
    """

    path: str
    header: bool | None = None
    delimiter: str | None = None
    decimal: DecimalMark = "."
    thousands: ThousandsMark | None = None
    encoding: str = "utf-8"

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


class GappyFileOptions(FileOptions):
    """`missing` says what is done where cells are empty."""

    missing: Missing = "refuse"
