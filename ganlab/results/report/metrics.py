"""The figures of each metric on each data set: learning curves, and the final value of each seed."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from ganlab.results.colours import Style
from ganlab.results.columns import Column, columns_of
from ganlab.results.curves import Curve, learning_curves
from ganlab.results.report.curves_chart import curves_chart
from ganlab.results.report.finals_chart import Final, finals_chart
from ganlab.results.runs import Run, by_row, is_measured_alike, refuse_mixed_protocols
from ganlab.results.table import Table, values_of

LOGARITHMIC_FROM = 10
"""The ratio of the largest value to the smallest."""


def metrics_of(
    runs: Sequence[Run], table: Table, styles: dict[str, Style], alone: Collection[str]
) -> dict[str, dict[str, Any]]:
    """By data set, the metrics that finished runs have measured on it by name; the table's come first.

    Others than the table's are left out where runs on the same data measured them in different ways.

    Args:
        styles: of the rows, by label.
        alone: the ids of the runs that have curves of their own.

    Raises:
        InputError: runs on the same data measured a metric of the table in different ways.
    """
    measured = dict.fromkeys(name for run in runs if run.finished for name in run.protocol.metrics)
    shown = dict.fromkeys(column.metric for column in table.columns if column.metric in measured)
    for name in shown:
        refuse_mixed_protocols(runs, name)
    others = [name for name in measured if name not in shown and is_measured_alike(runs, name)]
    columns = columns_of(runs, [*shown, *others])
    curves = learning_curves(runs, [column.metric for column in columns], alone)
    finals = _finals(runs, columns)
    found: dict[str, dict[str, Any]] = {}
    for dataset in table.datasets:
        floors = table.protocols[dataset].floors if dataset in table.protocols else {}
        for column in columns:
            own = [curve for curve in curves[column.name] if curve.dataset == dataset]
            last = finals.get((dataset, column.name), [])
            if own or last:
                about = column.name, column.better, floors.get(column.name)
                found.setdefault(dataset, {})[column.name] = {
                    "better": column.better,
                    **_suits_log(own, last),
                    "curves": curves_chart(own, styles, *about),
                    "finals": finals_chart(last, styles, *about),
                }
    return found


def _finals(runs: Sequence[Run], columns: Sequence[Column]) -> dict[tuple[str, str], list[Final]]:
    """The rows that have values, by data set and metric."""
    found: dict[tuple[str, str], list[Final]] = {}
    for (dataset, label), members in by_row(runs).items():
        diverged = {run.seed: run.diverged_at for run in members if run.diverged}
        for column in columns:
            if values := values_of(members, column):
                final = Final(label=label, values=values, diverged=diverged)
                found.setdefault((dataset, column.name), []).append(final)
    return found


def _suits_log(curves: Sequence[Curve], finals: Sequence[Final]) -> dict[str, bool]:
    """Whether a logarithmic axis is the better one at first, and whether it has no place for some values."""
    drawn = [value for curve in curves for line in (curve.low, curve.median, curve.high) for value in line]
    finite = [value for value in drawn if math.isfinite(value)]
    last = [value for final in finals for value in final.values.values() if math.isfinite(value)]
    decades = bool(finite) and min(finite) > 0 and max(finite) > LOGARITHMIC_FROM * min(finite)
    return {"log": decades, "not_positive": min([*finite, *last], default=1.0) <= 0}
