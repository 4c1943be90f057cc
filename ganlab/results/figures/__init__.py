"""Figures for papers: vectors with text that stays text, which can be read without colour."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import rc_context

from ganlab.results.figures.curves import draw_curves
from ganlab.results.figures.sheet import FORMATS, STYLE, to_bytes
from ganlab.results.figures.strips import draw_strips
from ganlab.results.runs import Run
from ganlab.results.table import build

__all__ = ["FORMATS", "KINDS", "draw"]

KINDS = ("curves", "strips")
METRICS_BY_DEFAULT = 2


def draw(runs: Sequence[Run], format: str, kind: str = "curves", metrics: Sequence[str] | None = None) -> bytes:
    """A figure of `runs`, the same bytes for the same runs.

    Args:
        format: one of `FORMATS`.
        kind: ``curves``, metrics over training, or ``strips``, the result of each seed.
        metrics: a panel each; by default the primary one and one beside it.

    Raises:
        InputError: an unknown metric, or runs that must not be compared.
    """
    table = build(runs, metrics)
    columns = table.columns if metrics else table.columns[:METRICS_BY_DEFAULT]
    with rc_context(STYLE):
        figure = draw_curves(runs, table, columns) if kind == "curves" else draw_strips(table, columns)
        return to_bytes(figure, format)
