"""Figures for papers: vectors with text that stays text, which can be read without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib import rc_context
from matplotlib.figure import Figure

from ganlab.errors import InputError
from ganlab.results.columns import Column
from ganlab.results.figures.curves import draw_curves
from ganlab.results.figures.sheet import FORMATS, STYLE, to_bytes
from ganlab.results.figures.strips import draw_strips
from ganlab.results.runs import Run
from ganlab.results.table import Table, build
from ganlab.results.wording import counted

__all__ = ["FORMATS", "Kind", "caption", "draw", "figure_of"]

Kind = Literal["curves", "strips"]

METRICS_BY_DEFAULT = 2


def draw(runs: Sequence[Run], format: str, kind: Kind = "curves", metrics: Sequence[str] | None = None) -> bytes:
    """A figure of `runs`, with equal bytes for equal runs.

    Args:
        runs: as `sources.read_runs` gives them.
        format: one of `FORMATS`.
        kind: ``curves``, metrics over training, or ``strips``, the result of each seed.
        metrics: a panel each; by default the primary one and one beside it.

    Raises:
        InputError: an unknown format or metric, or runs that must not be compared.
    """
    if format not in FORMATS:
        raise InputError(f"cannot draw a figure as '{format}'; name a file that ends in .pdf, .svg or .png")
    with rc_context(STYLE):
        return to_bytes(figure_of(runs, kind, metrics), format)


def figure_of(runs: Sequence[Run], kind: Kind = "curves", metrics: Sequence[str] | None = None) -> Figure:
    """The figure that `draw` writes, as matplotlib has it.

    Raises:
        InputError: an unknown metric, or runs that must not be compared.
    """
    table = build(runs, metrics)
    columns = _shown(table, metrics)
    if not columns:
        raise InputError(f"there is no figure of {', '.join(metrics or ())}; name a metric such as w1")
    with rc_context(STYLE):
        return draw_curves(runs, table, columns) if kind == "curves" else draw_strips(table, columns)


def caption(runs: Sequence[Run], kind: Kind = "curves", metrics: Sequence[str] | None = None) -> str:
    """What the figure that `draw` makes of the same shows, for the caption in a paper."""
    table = build(runs, metrics)
    columns = _shown(table, metrics)
    counts = [row.cells[column.name].n for row in table.rows for column in columns]
    fewest, most = min(filter(None, counts)), max(counts)
    over = counted(most, "seed") if fewest == most else f"{fewest} to {counted(most, 'seed')}"
    if kind == "curves":
        shown = f"Lines are medians over {over}, bands reach from the first to the third quartile"
        diverged = (
            "; from its divergence on, a seed counts as infinite" if any(row.diverged for row in table.rows) else ""
        )
    else:
        shown = f"Marks are the results of {over}, bars their means with 95% t-intervals"
        diverged = " where all are finite" if any(row.diverged for row in table.rows) else ""
    has_floor = any(column.name in table.floors(dataset) for dataset in table.datasets for column in columns)
    return f"{shown}{diverged}.{' Dashed: what as many true samples score.' if has_floor else ''}"


def _shown(table: Table, metrics: Sequence[str] | None) -> Sequence[Column]:
    return table.columns if metrics else table.columns[:METRICS_BY_DEFAULT]
