"""The layout that the formats for readers share: which lines and columns there are, and what stands where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ganlab.results.rendering.numbers import Rounded, estimate, significant
from ganlab.results.table import Cell, Column, Row, Table

FLOOR_LABEL = "true samples"
NOTHING = "-"
ARROWS = {"lower": "↓", "higher": "↑"}

Line = list[str]


@dataclass(frozen=True)
class Style:
    """How a format writes `text`, and a number that may be marked as the best."""

    text: Callable[[str], str]
    number: Callable[[Rounded, bool], str]


@dataclass(frozen=True)
class Grid:
    """A header, and one block of lines a data set; the first `words` columns hold words, not numbers."""

    header: Line
    blocks: list[list[Line]]
    words: int


def grid(table: Table, style: Style) -> Grid:
    """`table` laid out: the names, a column for each metric, the counts; the floor ends each block."""
    named, unfinished = len(table.datasets) > 1, any(row.missing for row in table.rows)
    header = [
        *(["data"] if named else []),
        "variant",
        *(f"{column.name} {ARROWS[column.better]}" for column in table.columns),
        *["n", "diverged"],
        *(["not done"] if unfinished else []),
    ]

    def row_line(row: Row) -> Line:
        return [
            *([style.text(row.dataset)] if named else []),
            style.text(row.label),
            *(_cell(row.cells[column.name], style) for column in table.columns),
            *[str(row.finished), str(len(row.diverged))],
            *([str(len(row.missing))] if unfinished else []),
        ]

    def floor_line(dataset: str) -> Line:
        return [
            *([style.text(dataset)] if named else []),
            style.text(FLOOR_LABEL),
            *(_floor(table, dataset, column, style) for column in table.columns),
            *[style.text(NOTHING)] * (3 if unfinished else 2),
        ]

    blocks = [
        [row_line(row) for row in table.rows if row.dataset == dataset]
        + ([floor_line(dataset)] if table.floors(dataset) else [])
        for dataset in table.datasets
    ]
    return Grid([style.text(title) for title in header], blocks, words=2 if named else 1)


def _cell(cell: Cell, style: Style) -> str:
    return style.number(estimate(cell.statistics), cell.best) if cell.statistics else style.text(NOTHING)


def _floor(table: Table, dataset: str, column: Column, style: Style) -> str:
    floor = table.floors(dataset).get(column.name)
    return style.text(NOTHING) if floor is None else style.number(Rounded(significant(floor)), False)
