"""The runs of sweeps, as Python code has them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from ganlab.results.figures import Drawing, Kind
from ganlab.results.frame import frame_of
from ganlab.results.rendering import render
from ganlab.results.runs import Run
from ganlab.results.sources import require_finished
from ganlab.results.table import Table, build


class RenderedTable:
    """A benchmark table: as Markdown where it is printed, drawn in a notebook, and in the formats of ``ganlab table``.

    Attributes:
        table: its rows, columns and comparisons.
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def __str__(self) -> str:
        return render(self.table, "md")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(str(self))
        return html

    def to_latex(self) -> str:
        """For a paper, with booktabs."""
        return render(self.table, "latex")

    def to_csv(self) -> str:
        """A line a cell."""
        return render(self.table, "csv")

    def to_json(self) -> str:
        """With every value of every seed, and all comparisons."""
        return render(self.table, "json")


class Results:
    """The runs of one or more sweeps.

    Attributes:
        runs: each with what its `spec` and its `summary` say.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = tuple(runs)

    def __repr__(self) -> str:
        done = sum(run.done for run in self.runs)
        rows = ", ".join(dict.fromkeys(run.label for run in self.runs))
        return f"<Results of {len(self.runs)} runs ({done} done): {rows}>"

    def frame(self) -> pd.DataFrame:
        """Every number that was logged: columns run, row, dataset, seed, metric, step, value, status."""
        return frame_of(self.runs)

    def table(self, *metrics: str) -> RenderedTable:
        """The benchmark table of `metrics`, by default of those that ``ganlab table`` shows.

        Raises:
            InputError: an unknown metric, no run has finished, or runs that must not share a cell or a column.
        """
        require_finished(self.runs)
        return RenderedTable(build(self.runs, metrics or None))

    def figure(self, *metrics: str, kind: Kind = "curves") -> Figure:
        """Metrics over training, or with ``kind="strips"`` the result of each seed, as a matplotlib figure.

        Raises:
            InputError: an unknown metric, no run has finished, or runs that must not be compared.
        """
        require_finished(self.runs)
        return Drawing(self.runs, kind, metrics or None).figure()
