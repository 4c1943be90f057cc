"""Figures for papers: vectors with text that stays text, which can be read without colour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from matplotlib import rc_context

from ganlab.errors import InputError
from ganlab.results.figures.curves import draw_curves
from ganlab.results.figures.sheet import FORMATS, STYLE, to_bytes
from ganlab.results.figures.strips import draw_strips
from ganlab.results.runs import Run
from ganlab.results.table import build

__all__ = ["FORMATS", "caption", "draw"]

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
    table = build(runs, metrics)
    columns = table.columns if metrics else table.columns[:METRICS_BY_DEFAULT]
    if not columns:
        raise InputError(f"there is no figure of {', '.join(metrics or ())}; name a metric such as w1")
    with rc_context(STYLE):
        figure = draw_curves(runs, table, columns) if kind == "curves" else draw_strips(table, columns)
        return to_bytes(figure, format)


def caption(runs: Sequence[Run], kind: Kind = "curves") -> str:
    """What a figure of `runs` shows, for the caption in a paper."""
    counts = Counter((run.dataset, run.label) for run in runs if run.done).values()
    fewest, most = min(counts), max(counts)
    over = f"{most} seed{'s' if most > 1 else ''}" if fewest == most else f"{fewest} to {most} seeds"
    floor = "Dashed: what as many true samples score."
    if kind == "curves":
        return (
            f"Lines are medians over {over}, bands reach from the first to the third quartile; from its divergence on, "
            f"a seed counts as infinite. {floor}"
        )
    return f"Marks are the results of {over}, bars their means with 95% t-intervals where all are finite. {floor}"
