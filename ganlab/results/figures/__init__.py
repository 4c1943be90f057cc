"""Figures for papers: vectors with text that stays text, which can be read without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib import rc_context

from ganlab.errors import InputError
from ganlab.results.figures.curves import draw_curves
from ganlab.results.figures.sheet import FORMATS, STYLE, to_bytes
from ganlab.results.figures.strips import draw_strips
from ganlab.results.runs import Run
from ganlab.results.table import build

__all__ = ["CAPTIONS", "FORMATS", "draw"]

Kind = Literal["curves", "strips"]

METRICS_BY_DEFAULT = 2

CAPTIONS: dict[Kind, str] = {
    "curves": (
        "Lines are medians over seeds, bands reach from the first to the third quartile; from its divergence on, a "
        "seed counts as infinite. The floor is what as many true samples score."
    ),
    "strips": (
        "Each mark is the result of one seed; bars are means with 95% t-intervals, where no seed diverged. The floor "
        "is what as many true samples score."
    ),
}
"""What a figure of each kind shows, for the paper's caption."""


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
