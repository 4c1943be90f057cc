"""Whether the first line of a text file is a header, where the user chose a column by a number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ganlab.data.number_text import NumberText, is_integer, is_missing

COUNT = re.compile("0|[1-9][0-9]{0,8}")
YEARS = range(1800, 2101)


def is_numbered(first: Sequence[str]) -> bool:
    """Whether the cells of the `first` line may be names that are numbers.

    They may if they are 0, 1, 2 and so on, as pandas names columns, or years in their order. Before them may stand the
    empty name of an index.
    """
    names = first[1:] if len(first) > 1 and first[0] == "" else first
    if not all(map(COUNT.fullmatch, names)):
        return False
    numbers = [int(name) for name in names]
    are_years = all(year in YEARS for year in numbers) and all(one < next_ for one, next_ in pairwise(numbers))
    return are_years or numbers == list(range(len(numbers)))


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
