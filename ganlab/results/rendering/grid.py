"""The layout that the formats for readers share: which lines and columns there are, and what stands where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ganlab.results.columns import Column
from ganlab.results.ranking import Mark
from ganlab.results.rendering.numbers import Rounded, estimate, significant, with_error
from ganlab.results.statistics import BOOTSTRAP_FROM
from ganlab.results.table import Cell, Row, Table

REAL_LABEL = "real images"
FLOOR_LABEL = "true samples"
NOTHING = "-"
TIED = "†"
FEWER_TRIALS = "‡"
ARROWS = {"lower": "↓", "higher": "↑"}

Line = list[str]


@dataclass(frozen=True)
class Style:
    """How a format writes `text`, and a number with its mark."""

    text: Callable[[str], str]
    number: Callable[[Rounded, Mark | None], str]


@dataclass(frozen=True)
class Block:
    """The lines of one data set, and those that end it: of real samples and of floors, where they are known."""

    lines: list[Line]
    ends: list[Line]


@dataclass(frozen=True)
class Grid:
    """A header, one block a data set, and for each column whether it holds words, not numbers.

    Attributes:
        sentences: whether the last column holds sentences.
    """

    header: Line
    blocks: list[Block]
    words: list[bool]
    sentences: bool = False


def grid(table: Table, style: Style) -> Grid:
    """`table` laid out: the names, a column for each number, the counts, the device."""
    named, unfinished = len(table.datasets) > 1, any(row.missing for row in table.rows)
    device = ["device"] if table.shows_device else []
    names = [*(["data"] if named else []), "variant"]
    numbers = [*map(_title, table.columns), *["n", "diverged"], *(["not done"] if unfinished else [])]

    def row_line(row: Row) -> Line:
        return [
            *([style.text(row.dataset)] if named else []),
            style.text(row.label + (f" {FEWER_TRIALS}" if row.search and row.search.missing else "")),
            *(_cell(row.cells[column.name], column, style, with_iqm(table)) for column in table.columns),
            *[str(row.n), str(len(row.diverged))],
            *([str(len(row.missing))] if unfinished else []),
            *(style.text(row.device or NOTHING) for _ in device),
        ]

    def end_line(dataset: str, label: str, values: Mapping[str, float]) -> Line:
        errors = table.floor_errors(dataset) if label == FLOOR_LABEL else {}
        return [
            *([style.text(dataset)] if named else []),
            style.text(label),
            *(_single(values.get(column.name), errors.get(column.name), style) for column in table.columns),
            *[style.text(NOTHING)] * (len(numbers) - len(table.columns) + len(device)),
        ]

    blocks = [
        Block(
            lines=[row_line(row) for row in table.rows if row.dataset == dataset],
            ends=[end_line(dataset, label, values) for label, values in _ends(table, dataset).items()],
        )
        for dataset in table.datasets
    ]
    header = [style.text(title) for title in (*names, *numbers, *device)]
    return Grid(header, blocks, words=[True] * len(names) + [False] * len(numbers) + [True] * len(device))


def _ends(table: Table, dataset: str) -> dict[str, dict[str, float]]:
    """What stands below the rows of a data set, by label: the scores of real samples, and the floors, if any are known.

    Both go by the column's name.
    """
    values = {REAL_LABEL: table.real(dataset), FLOOR_LABEL: table.floors(dataset)}
    return {label: known for label, known in values.items() if known}


def with_iqm(table: Table) -> bool:
    """Whether every cell has seeds enough for the interquartile mean to stand beside the mean."""
    return all(cell.n >= BOOTSTRAP_FROM for row in table.rows for cell in row.cells.values() if cell.n)


def _title(column: Column) -> str:
    return f"{column.name} {ARROWS[column.better]}" if column.compared else column.name


def _cell(cell: Cell, column: Column, style: Style, with_iqm: bool) -> str:
    """What a cell says; a cost is one number, for runs that share it evenly have no spread of their own."""
    if cell.statistics is None:
        return style.text(NOTHING)
    if not column.compared:
        return style.number(Rounded(significant(cell.statistics.mean)), None)
    return style.number(estimate(cell.statistics, with_iqm), cell.mark)


def _single(value: float | None, error: float | None, style: Style) -> str:
    return style.text(NOTHING) if value is None else style.number(with_error(value, error), None)
