"""Published numbers as a second table below the first, for they were measured otherwise, or as fields of programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ganlab.results.columns import Column
from ganlab.results.published import Figure, Published
from ganlab.results.rendering.grid import NOTHING, Block, Grid, Style
from ganlab.results.rendering.numbers import Rounded, estimate
from ganlab.results.table import Row, Table

TITLE = "Published for the same variants on the same data, but trained or measured otherwise:"
NOTHING_PUBLISHED = "No published figure is known here for these variants, data sets and metrics."
EVIDENCE = {
    "paper": "read in the paper",
    "repository": "read in the repository",
    "quoted": "quoted by others",
}


def published_grid(published: Sequence[Published], table: Table, style: Style) -> Grid:
    """One line a published number, with a block for each data set; the last column says what is not the same."""
    named = len(table.datasets) > 1
    numbers = {source: number for number, source in enumerate(_sources(published), start=1)}

    def line(one: Published) -> list[str]:
        figure = one.figure
        return [
            *([style.text(one.row.dataset)] if named else []),
            style.text(one.row.label),
            style.text(one.column.name),
            _ours(one, style),
            style.text(figure.text),
            style.text(f"{figure.result.method}, {figure.report.source.name} [{numbers[_source(figure)]}]"),
            style.text("; ".join(one.differences)),
        ]

    names = [*(["data"] if named else []), "variant", "metric", "ours", "published", "as", "what differs"]
    blocks = [[line(one) for one in published if one.row.dataset == dataset] for dataset in table.datasets]
    return Grid(
        [style.text(name) for name in names],
        [Block(lines=lines, ends=[]) for lines in blocks if lines],
        words=[name not in ("ours", "published") for name in names],
        sentences=True,
    )


def published_notes(published: Sequence[Published]) -> list[str]:
    """What the numbers in brackets are, and what does not follow."""
    return [
        "ours: mean ± half-width of its 95% t-interval, over n seeds. published: as printed there. Code, networks and "
        "extractors differ beyond what is named here, so no number of this table is a test of another.",
        *(f"[{number}] {source}" for number, source in enumerate(_sources(published), start=1)),
    ]


def csv_field(row: Row, column: Column, published: Sequence[Published]) -> str:
    """``value (source)`` of each published number of a cell, joined by semicolons."""
    figures = [one.figure for one in _of(row, column, published)]
    return "; ".join(
        f"{figure.text} ({figure.result.method}, {figure.report.source.name}, {figure.report.source.link})"
        for figure in figures
    )


def json_objects(row: Row, column: Column, published: Sequence[Published]) -> list[dict[str, Any]]:
    """One object a published number of a cell."""
    return [
        {
            "method": one.figure.result.method,
            "value": one.figure.value,
            "spread": one.figure.spread,
            "spread_is": one.figure.report.spread,
            "source": one.figure.report.source.model_dump(),
            "place": one.figure.report.place,
            "evidence": one.figure.report.evidence,
            "setting": one.figure.setting.model_dump(),
            "differences": list(one.differences),
        }
        for one in _of(row, column, published)
    ]


def _of(row: Row, column: Column, published: Sequence[Published]) -> list[Published]:
    return [one for one in published if one.row is row and one.column is column]


def _ours(one: Published, style: Style) -> str:
    cell = one.row.cells[one.column.name]
    if cell.statistics is None:
        return style.text(NOTHING)
    number = estimate(cell.statistics)
    return f"{style.number(Rounded(number.mean, number.half_width), None)}, n = {cell.n}"


def _sources(published: Sequence[Published]) -> list[str]:
    """Each source in words, once, in the order in which it first stands."""
    return list(dict.fromkeys(_source(one.figure) for one in published))


def _source(figure: Figure) -> str:
    source = figure.report.source
    parts = [source.name, source.venue, source.link, figure.report.place]
    spread = f"; ±: {figure.report.spread}" if figure.report.spread else ""
    return f"{', '.join(part for part in parts if part)}; {EVIDENCE[figure.report.evidence]}{spread}."
