"""One numeric column of a text file whose cells are separated by a delimiter, such as a CSV file.

The csv module reads the rows, as pandas is less strict: it takes ``"1"2`` for 12 and fills short rows up.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import math
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, TextIO, TypeVar, cast

import numpy as np

from ganlab.data.column_cells import (
    EXACT,
    CategoryCells,
    ColumnCells,
    NotNumbersError,
    position_of,
    refuse_merged,
    shown_names,
)
from ganlab.data.headers import HeaderEvidence, is_numbered
from ganlab.data.number_text import DecimalMark, NumberText, ThousandsMark, is_missing, shown
from ganlab.errors import InputError
from ganlab.text import counted
from ganlab.zip_files import FREE, LARGEST_RATIO

DELIMITERS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar", " ": "a space"}
UTF_16_MARKS: tuple[str | bytes, ...] = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HEADER_OPTION = "write 'header: true' if its cells are names, or 'header: false' if they are values"

Line = tuple[int, list[str]]
"""The number of a line, and its cells."""

Cells = TypeVar("Cells")
Take = Callable[[Iterable[Line], int, NumberText, str, str, Path], Cells]
"""What cells at a position of rows are taken for, given how numbers are written, the delimiter, a note, the path."""


@dataclass(frozen=True, kw_only=True)
class TextLayout:
    """How a text file is to be read.

    Attributes:
        header: whether the first line holds the columns' names; None finds out, and refuses what could be either.
        delimiter: the character between cells; None is that of the file's suffix, unless the first lines refute it.
        decimal: the decimal mark of the numbers.
        thousands: the mark between their groups of three digits, if there is one.
        encoding: of the text.
    """

    header: bool | None = None
    delimiter: str | None = None
    decimal: DecimalMark = "."
    thousands: ThousandsMark | None = None
    encoding: str = "utf-8"


def read_text(path: Path, column: str | int | None, layout: TextLayout) -> ColumnCells:
    """The numbers of one column; `column_files.read_column` says which, and what it raises."""
    return _read_with(_numbers, path, column, layout)


def read_categories(path: Path, column: str | int | None, layout: TextLayout) -> CategoryCells:
    """The cells of one column as they are, but for spaces around them; it raises what `read_text` does."""
    return _read_with(_texts, path, column, layout)


def columns_in(path: Path, layout: TextLayout) -> list[str] | list[int]:
    """The names of all columns, or their indices if the first line holds numbers alone and is not said to be a header.

    Raises:
        InputError: the file cannot be read, or its first line holds numbers and other cells.
    """
    numbers = NumberText(layout.decimal, layout.thousands)
    with _lines_of(path, layout) as lines:
        start = [[cell.strip() for cell in row] for _, row in islice(lines, 2)]
    if not start or not start[0]:
        return [0]  # whose reading says what is wrong
    names = start[0]
    if layout.delimiter is None:
        _refuse_other_delimiter(names, start[-1], _delimiter(path, layout), numbers, path)
    are_numbers = [numbers.is_number(name) for name in names]
    if layout.header is None and any(are_numbers) and not all(are_numbers):
        other = names[are_numbers.index(False)]
        raise InputError(
            f"'{path}', line 1: {shown(other)} is no number and others are; write 'header: true' if the line holds the "
            "columns' names, or 'header: false' if it holds values"
        )
    has_header = layout.header if layout.header is not None else not all(are_numbers)
    return names if has_header else list(range(len(names)))


def _delimiter(path: Path, layout: TextLayout) -> str:
    is_tsv = path.name.lower().removesuffix(".gz").endswith(".tsv")
    return layout.delimiter or ("\t" if is_tsv else ",")


def _read_with(take: Take[Cells], path: Path, column: str | int | None, layout: TextLayout) -> Cells:
    """What `take` makes of the cells of one column."""
    with _lines_of(path, layout) as lines:
        return _read(take, path, column, layout, _delimiter(path, layout), lines)


@contextmanager
def _lines_of(path: Path, layout: TextLayout) -> Iterator[Iterator[Line]]:
    """The rows of the file's cells, each with the number of its last line."""
    delimiter = _delimiter(path, layout)
    with _opened(path, layout.encoding) as file:
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            yield ((rows.line_num, row) for row in rows)
        except csv.Error as error:
            raise InputError(
                f"'{path}', line {rows.line_num}, is not well-formed CSV: {error}{_hint(file, delimiter)}"
            ) from None


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file as text, unpacked if its name says that it is packed."""
    try:
        is_utf_8 = codecs.lookup(encoding).name == "utf-8"
        file = io.TextIOWrapper(_bytes_of(path), newline="", encoding="utf-8-sig" if is_utf_8 else encoding)
    except LookupError:
        raise InputError(
            f"'{path}': '{encoding}' is not the name of an encoding; known ones are utf-8, utf-16, cp1252"
        ) from None
    try:
        with file:
            yield file
    except UnicodeError:
        if not is_utf_8:
            raise InputError(f"'{path}' is not text in {encoding}") from None
        with _bytes_of(path) as raw:
            start = raw.read(2)
        if start in UTF_16_MARKS:
            raise InputError(f"'{path}' is text in UTF-16; save it as UTF-8, or write 'encoding: utf-16'") from None
        raise InputError(
            f"'{path}' is not text in UTF-8; save it as such, or write its encoding, such as 'encoding: cp1252'"
        ) from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"'{path}' is not a whole gzip file: {error}") from None


def _bytes_of(path: Path) -> IO[bytes]:
    return cast(IO[bytes], _Unpacked(path)) if path.suffix.lower() == ".gz" else path.open("rb")


class _Unpacked(gzip.GzipFile):
    """A gzip file that is read no further than a file of numbers can reach."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._path = path
        self._most = max(FREE, LARGEST_RATIO * path.stat().st_size)

    def read1(self, size: int = -1) -> bytes:
        if self.tell() > self._most:
            raise InputError(f"'{self._path}' unpacks to more than {LARGEST_RATIO} times its size; unpack it yourself")
        return super().read1(size)


def _read(
    take: Take[Cells],
    path: Path,
    column: str | int | None,
    layout: TextLayout,
    delimiter: str,
    lines: Iterator[Line],
) -> Cells:
    start = list(islice(lines, 2))
    if not start:
        raise InputError(f"'{path}' is empty")
    first, second = ([cell.strip() for cell in row] for _, row in (start[0], start[-1]))
    if not any(first):
        raise InputError(f"'{path}' begins with an empty line; remove it")
    if "\0" in "".join(first):
        raise InputError(f"'{path}' holds NUL characters; if it is text in UTF-16, write 'encoding: utf-16-le'")
    numbers = NumberText(layout.decimal, layout.thousands)
    if layout.delimiter is None:
        _refuse_other_delimiter(first, second, delimiter, numbers, path)
    position, has_header = _locate(column, first, layout, numbers, path)
    rows = _whole_rows(chain(start[has_header:], lines), len(first), delimiter, has_header, path)
    if not has_header and layout.header is None:
        rows = _without_evident_header(rows, first, position, numbers, path)
    note = ""
    if not has_header:
        note = f"no header, the first value is {first[position]}"
    elif layout.header is None and all(map(numbers.is_number, first)):
        note = f"line 1 is the header: {_quoted(first)}"
    return take(rows, position, numbers, delimiter, note, path)


def _refuse_other_delimiter(
    first: list[str], second: list[str], delimiter: str, numbers: NumberText, path: Path
) -> None:
    """Check that no other delimiter stands within cells, as often in the second line as in the first."""
    for mark in DELIMITERS:
        holding = [cell for cell in first if mark in cell]
        is_usual = len(first) > 1 and mark not in (";", "\t")
        is_in_numbers = mark in (numbers.decimal, numbers.thousands) or any(map(numbers.is_nearly, holding))
        if mark == delimiter or not holding or is_usual or is_in_numbers:
            continue
        if "".join(first).count(mark) == "".join(second).count(mark):
            raise InputError(
                f"'{path}', line 1: the cell {shown(holding[0])} holds {DELIMITERS[mark]}; write {_option(mark)} if it "
                f"separates cells, or {_option(delimiter)} if it does not"
            )


def _locate(
    column: str | int | None, first: list[str], layout: TextLayout, numbers: NumberText, path: Path
) -> tuple[int, bool]:
    """Where `column` is in each row, and whether the first line is a header."""
    if layout.header is not True and isinstance(column, int):
        if 0 <= column < len(first):
            if layout.header is None and is_numbered(first):
                raise InputError(f"'{path}': line 1 may be a header, {_quoted(first)}; {HEADER_OPTION}")
            return column, False
        is_name = str(column) in first and layout.header is None
        if not is_name or column <= len(first):  # an index that counts from 1, or from the end, is no name by chance
            hint = "; write 'header: true' if they are names" if is_name else ""
            raise InputError(f"'{path}', line 1, has {counted(len(first), 'cell')} and so none at index {column}{hint}")
    if layout.header is False:
        raise InputError(f"'{path}' has no header; choose a column by its index, from 0 to {len(first) - 1}")
    may_be_values = any(map(numbers.is_number, first))
    hint = " (if its first line is no header, give an index, such as 'column: 0')" if may_be_values else ""
    return position_of(column, first, path, hint), True


def _whole_rows(lines: Iterator[Line], width: int, delimiter: str, has_header: bool, path: Path) -> Iterator[Line]:
    """`lines` without empty ones at the end; another empty one is a row of empty cells."""
    empty: list[int] = []
    for line, row in lines:
        if len(row) < 2 and (not row or row[0].isspace()):
            empty.append(line)
            continue
        for earlier in empty:
            yield earlier, [""] * width
        empty = []
        if len(row) != width:
            first = "header" if has_header else "first line"
            fault = f"line {line} has {counted(len(row), 'cell')} and the {first} {width}"
            mark = DELIMITERS.get(delimiter, f"a '{delimiter}'")
            more = f"; row names without a header, or {mark} inside numbers?" if len(row) > width else ""
            raise InputError(f"'{path}': {fault}{more}")
        yield line, row


def _without_evident_header(
    rows: Iterator[Line], first: list[str], position: int, numbers: NumberText, path: Path
) -> Iterator[Line]:
    """`rows`, unless in the end they show that the first one is a header."""
    evidence = HeaderEvidence(first, position, numbers)
    yield next(rows)
    for line, row in rows:
        evidence.see(row)
        yield line, row
    if evidence.is_header:
        raise InputError(f"'{path}': line 1 looks like a header, {_quoted(first)}; {HEADER_OPTION}")


def _texts(
    rows: Iterable[Line], position: int, numbers: NumberText, delimiter: str, note: str, path: Path
) -> CategoryCells:
    texts: list[str | None] = []
    first_missing = ""
    for line, row in rows:
        cell = row[position].strip()
        missing = is_missing(cell)
        if missing:
            first_missing = first_missing or f"line {line} ({shown(cell) if cell else 'empty'})"
        texts.append(None if missing else cell)
    return CategoryCells(texts=texts, first_missing=first_missing, note=note)


def _numbers(
    rows: Iterable[Line], position: int, numbers: NumberText, delimiter: str, note: str, path: Path
) -> ColumnCells:
    values: list[float] = []
    integers: set[Decimal] = set()
    first_missing = ""
    needs_mark = delimiter in (numbers.decimal, numbers.thousands)
    for line, row in rows:
        cell = row[position].strip()
        try:
            plain = numbers.plain(cell)
        except ValueError:
            if not is_missing(cell):
                hint = "; if this line is a header, give the column by its name" if line == 1 else ""
                raise NotNumbersError(f"'{path}', line {line}: {numbers.fault(cell)}{hint}") from None
            first_missing = first_missing or f"line {line} ({shown(cell) if cell else 'empty'})"
            plain = "nan"
        value = float(plain)
        if math.isinf(value):
            raise InputError(f"'{path}', line {line}: {shown(cell)} is not a finite number in float64")
        if abs(value) >= EXACT:
            integers.add(Decimal(plain))
        needs_mark = needs_mark and delimiter not in cell
        values.append(value)
    if needs_mark:
        raise InputError(
            f"'{path}': '{delimiter}' separates cells, and so no number of the column holds one; write another one, "
            f"such as {_option(';')}, or leave out the option that makes '{delimiter}' a mark in numbers"
        )
    refuse_merged(path, len(integers), len({float(integer) for integer in integers}))
    return ColumnCells(values=np.array(values), first_missing=first_missing, note=note)


def _hint(file: TextIO, delimiter: str) -> str:
    """What to write if another delimiter follows the quotes of the file's first line."""
    file.seek(0)
    line = file.readline()
    marks = [mark for mark in DELIMITERS if mark != delimiter and f'"{mark}' in line]
    return f"; write {_option(marks[0])} if {DELIMITERS[marks[0]]} separates the cells" if marks else ""


def _option(delimiter: str) -> str:
    return "'delimiter: tab'" if delimiter == "\t" else f"'delimiter: \"{delimiter}\"'"


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in shown_names(names)[:5])
