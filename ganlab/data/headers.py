"""Whether the first line of a text file is a header, where the user chose a column by a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ganlab.data.number_text import NumberText, is_integer, is_missing

COUNT = re.compile("0|[1-9][0-9]{0,8}")


def is_numbered(names: Sequence[str], column: int) -> bool:
    """Whether the first line's cells may be names that are numbers, one of which may be `column`.

    They may if they increase, and begin with 0 as pandas' names do or are three at least; and if moreover they are
    consecutive or `column` is among them. Before them may stand the name of an index, which is empty as a rule; beside
    a word, consecutive numbers may as well be the values of the first row.
    """
    has_index = len(names) > 1 and not COUNT.fullmatch(names[0])
    is_named = has_index and names[0] != ""
    names = names[1:] if has_index else names
    if not all(map(COUNT.fullmatch, names)):
        return False
    steps = [int(after) - int(before) for before, after in pairwise(names)]
    if any(step <= 0 for step in steps) or (names[0] != "0" and len(names) < 3):
        return False
    return str(column) in names or (not is_named and all(step == 1 for step in steps))


class HeaderEvidence:
    """What the other lines tell of the first one, which is taken for values.

    It is a header if it holds words over a column of numbers, an empty cell over row numbers in the first column, or
    an integer over the column at `position`, where nothing else is written as an integer.

    Args:
        first: the cells of the first line.
        position: of the chosen column.
        numbers: how numbers are written.
    """

    def __init__(self, first: Sequence[str], position: int, numbers: NumberText) -> None:
        self._numbers = numbers
        self._position = position
        self._confirmed: dict[int, bool] = {}
        self._over_row_numbers = len(first) > 1 and not first[0]
        for i, cell in enumerate(first):
            if i == position and numbers.is_number(cell):
                is_suspect = is_integer(cell)
            else:
                is_word = any(map(str.isalpha, cell)) and not is_missing(cell)
                is_suspect = is_word and not numbers.is_number(cell)
            if is_suspect or (i == 0 and self._over_row_numbers):
                self._confirmed[i] = False

    @property
    def is_header(self) -> bool:
        return any(self._confirmed.values())

    def see(self, row: Sequence[str]) -> None:
        """Take another line into account."""
        for i in list(self._confirmed):
            cell = row[i].strip()
            if is_missing(cell):
                continue
            if self._fits(i, cell):
                self._confirmed[i] = True
            else:
                del self._confirmed[i]

    def _fits(self, i: int, cell: str) -> bool:
        """Whether `cell` may be a value of column `i` below a header."""
        if not self._numbers.is_number(cell):
            return False
        if i == self._position:
            return not is_integer(cell)
        return is_integer(cell) if i == 0 and self._over_row_numbers else True
