"""Which published results correspond to which cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ganlab.record import RunSpec
from ganlab.results.columns import Column, usual_metrics
from ganlab.results.published.differences import differences
from ganlab.results.published.figures import Figure, published_figures
from ganlab.results.runs import Run
from ganlab.results.table import Row, Table


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published number, the cell that it stands beside, and what is not the same, in words."""

    figure: Figure
    row: Row
    column: Column
    differences: tuple[str, ...]


def metrics_with_published(runs: Sequence[Run]) -> list[str]:
    """The usual metrics of `runs`, and those of theirs that are published for their variants on their data."""
    published = [
        figure.metric
        for run in runs
        if run.finished
        for figure in published_figures()
        if figure.metric in run.protocol.metrics and _corresponds(figure, run.spec)
    ]
    return [*usual_metrics(runs), *published]


def published_for(table: Table) -> list[Published]:
    """The published numbers of the variants, data sets and metrics of `table`, in the order of its cells.

    A number stands once a row: beside the last value, or beside the best one if it is the best itself and the table
    has that column.
    """
    return [
        Published(figure=figure, row=row, column=column, differences=differences(figure, row, column, table))
        for row in table.rows
        for column in table.columns
        for figure in published_figures()
        if _corresponds(figure, row.spec) and column is _column(figure, table)
    ]


def _corresponds(figure: Figure, spec: RunSpec) -> bool:
    """Whether a run of `spec` trains the figure's method on its data.

    Spectral normalisation makes a method of its own; whatever else may differ is told.
    """
    spectral = spec.builder.options.get("discriminator_norm") == "spectral"
    return (
        figure.result.variant == spec.variant
        and figure.result.data == spec.data.name
        and all(spec.data.options.get(key) == value for key, value in figure.result.options.items())
        and spectral == (figure.setting.discriminator_norm == "spectral")
    )


def _column(figure: Figure, table: Table) -> Column | None:
    """The column of `table` that the figure stands beside, if it has one."""
    columns = {column.name: column for column in table.columns}
    last, best = columns.get(figure.metric), columns.get(f"best/{figure.metric}")
    return best or last if figure.setting.checkpoint == "best" else last or best
