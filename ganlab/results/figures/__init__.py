"""Figures for papers: vectors with text that stays text, which can be read without colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib import rc_context
from matplotlib.figure import Figure

from ganlab.errors import InputError
from ganlab.results.english import paragraphs
from ganlab.results.figures.curves import draw_curves
from ganlab.results.figures.searches import draw_searches, is_expected
from ganlab.results.figures.sheet import FORMATS, STYLE, to_bytes
from ganlab.results.figures.strips import draw_strips
from ganlab.results.runs import Run
from ganlab.results.table import build

__all__ = ["FORMATS", "Drawing", "Kind"]

Kind = Literal["curves", "strips", "search"]

METRICS_BY_DEFAULT = 2


class Drawing:
    """A figure of runs and its caption, both of one table, which is built once."""

    def __init__(self, runs: Sequence[Run], kind: Kind = "curves", metrics: Sequence[str] | None = None) -> None:
        """Choose what is drawn.

        Args:
            runs: as `sources.read_runs` gives them.
            kind: ``curves``, metrics over training, ``strips``, the result of each seed, or ``search``, the best of
                so many trials of a search.
            metrics: a panel each; by default the primary one and one beside it. A search has its own one.

        Raises:
            InputError: an unknown metric, or runs that must not be compared.
        """
        if kind == "search" and metrics:
            raise InputError("a search is drawn by the metric that it chose by; leave out the names of metrics")
        self.runs, self.kind = runs, kind
        self.table = build(runs, metrics)
        self.columns = self.table.columns if metrics else self.table.columns[:METRICS_BY_DEFAULT]
        if not self.columns:
            raise InputError(f"there is no figure of {', '.join(metrics or ())}; name a metric such as w1")

    def figure(self) -> Figure:
        """As matplotlib has it.

        Raises:
            InputError: curves of what is no metric, or of runs without evaluations, or a search where there was none.
        """
        with rc_context(STYLE):
            if self.kind == "curves":
                return draw_curves(self.runs, self.table, self.columns)
            if self.kind == "search":
                return draw_searches(self.table)
            return draw_strips(self.table, self.columns)

    def file(self, format: str) -> bytes:
        """The content of a file in one of the `FORMATS`; equal runs give equal bytes.

        Raises:
            InputError: an unknown format, or as `figure`.
        """
        if format not in FORMATS:
            raise InputError(f"cannot draw a figure as '{format}'; name a file that ends in .pdf, .svg or .png")
        with rc_context(STYLE):
            return to_bytes(self.figure(), format)

    def caption(self) -> str:
        """What the figure shows, for the caption in a paper."""
        counts = [row.cells[column.name].n for row in self.table.rows for column in self.columns]
        searches = [row.search for row in self.table.rows if row.search]
        floors = {name for dataset in self.table.datasets for name in self.table.floors(dataset)}
        (said,) = paragraphs(
            "caption",
            kind=self.kind,
            fewest=min(filter(None, counts)),
            most=max(counts),
            diverged=bool(self.table.diverged),
            searches=searches if self.kind == "search" else [],
            expected=is_expected(searches),
            has_floor=any(column.name in floors for column in self.columns),
        )
        return said
