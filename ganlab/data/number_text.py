"""Numbers as people and programs write them in text files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from ganlab.text import one_line

DecimalMark = Literal[".", ","]
ThousandsMark = Literal[",", ".", " ", "'"]

DECIMALS: tuple[DecimalMark, ...] = (".", ",")
THOUSANDS: dict[ThousandsMark, str] = {
    ",": ",",
    ".": ".",
    " ": " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}",
    "'": "'\N{RIGHT SINGLE QUOTATION MARK}",
}
"""The characters that each mark between groups of three digits stands for."""

MISSING = {"", "na", "n/a", "nan", "-nan", "null", "none", "#na", "#n/a", "<na>"}
INFINITE = {"inf", "infinity"}
SHOWN = 40
"""Characters of a cell that a message shows."""


class NumberText:
    """How numbers are written: the decimal mark, and the mark between groups of three digits if there is one.

    Digits, a sign and an exponent are the rest of a number. Names of infinity, underscores, other bases, units and
    signs of currency or per cent are not.
    """

    def __init__(self, decimal: DecimalMark = ".", thousands: ThousandsMark | None = None) -> None:
        self.decimal = decimal
        self.thousands = thousands
        marks = THOUSANDS[thousands] if thousands else ""
        whole = rf"\d{{1,3}}(?:[{marks}]\d{{3}})+|\d+" if thousands else r"\d+"
        point = re.escape(decimal)
        self._pattern = re.compile(rf"[+-]?(?:(?:{whole})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?")
        self._plain = str.maketrans({decimal: "."} | dict.fromkeys(marks))
        self._is_plain = decimal == "." and not thousands

    def is_number(self, cell: str) -> bool:
        return self._pattern.fullmatch(cell) is not None

    def plain(self, cell: str) -> str:
        """The number `cell` as `float` and `Decimal` read it.

        Raises:
            ValueError: it is not a number.
        """
        if self._pattern.fullmatch(cell) is None:
            raise ValueError(cell)
        return cell if self._is_plain else cell.translate(self._plain)

    def fault(self, cell: str) -> str:
        """Why `cell` is not a number, and which options would make it one."""
        if cell.lower().lstrip("+-") in INFINITE:
            return f"{shown(cell)} is not a finite number"
        hints = " or ".join(self._options(cell))
        return f"{shown(cell)} is not a number" + (f"; if it is meant as one, write {hints}" if hints else "")

    def is_nearly(self, cell: str) -> bool:
        """Whether other marks would make a number of `cell`, which is none."""
        return not self.is_number(cell) and any(self._options(cell))

    def _options(self, cell: str) -> Iterator[str]:
        """The options with which `cell` would be a number, none of them without need."""
        for decimal in DECIMALS:
            for thousands in (None, *THOUSANDS):
                needed = thousands is None or any(mark in cell for mark in THOUSANDS[thousands])
                changes = decimal != self.decimal
                if (
                    not needed
                    or thousands == decimal
                    or (changes and decimal not in cell and thousands != self.decimal)
                ):
                    continue
                if NumberText(decimal, thousands).is_number(cell):
                    options = {"decimal": decimal if changes else None, "thousands": thousands}
                    yield " and ".join(f'{name}: "{mark}"' for name, mark in options.items() if mark)


def is_missing(cell: str) -> bool:
    """Whether `cell` is empty or one of the words that programs write for a missing value."""
    return cell.lower() in MISSING


def is_integer(plain: str) -> bool:
    """Whether the number `plain` is written as an integer: without a decimal mark and an exponent."""
    return plain.lstrip("+-").isdecimal()


def shown(cell: str) -> str:
    """The beginning of `cell` in quotes, on one line."""
    return f"'{one_line(cell[:SHOWN])}{'...' if len(cell) > SHOWN else ''}'"
