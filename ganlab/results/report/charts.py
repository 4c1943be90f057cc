"""What the charts of metrics draw: learning curves, and the final value of each seed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ganlab.results.colours import style_of
from ganlab.results.columns import Column, columns_of
from ganlab.results.curves import Curve, learning_curves
from ganlab.results.rendering.numbers import estimate
from ganlab.results.report.thinning import drawn, evenly
from ganlab.results.runs import Key, Run, by_row, refuse_mixed_protocols
from ganlab.results.statistics import describe
from ganlab.results.table import Table, values_of

MOST_EVALUATIONS = 100
"""Evaluations that a curve shows, evenly spread over training."""

SYMBOLS = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "X": "x",
    "<": "triangle-left",
    "*": "star",
    ">": "triangle-right",
    "p": "pentagon",
    "d": "diamond-tall",
}
"""What plotly calls matplotlib's markers."""


def rows_of(table: Table) -> list[dict[str, Any]]:
    """Each row's names and how it is drawn: a label looks the same on all data sets."""
    labels = list(dict.fromkeys(row.label for row in table.rows))
    return [
        {"label": row.label, "dataset": row.dataset, **style_for_charts(labels.index(row.label))} for row in table.rows
    ]


def style_for_charts(index: int) -> dict[str, Any]:
    """The style of the row with this `index` in plotly's words."""
    style = style_of(index)
    return {"colour": style.colour, "dashes": style.dashes, "symbol": SYMBOLS[style.marker]}


def metrics_of(runs: Sequence[Run], table: Table, alone: Collection[str]) -> list[dict[str, Any]]:
    """Each metric that finished runs have measured, its curves and its final values; the table's come first.

    Numbers that are not finite become null in JSON, and are then the worst there is.

    Args:
        alone: the ids of the runs that have curves of their own.

    Raises:
        InputError: runs on the same data measured a metric in different ways.
    """
    measured = [name for run in runs if run.finished for name in run.protocol.metrics]
    names = dict.fromkeys([*(column.metric for column in table.columns if column.metric in measured), *measured])
    index = table.positions
    columns = columns_of(runs, list(names))
    for column in columns:
        refuse_mixed_protocols(runs, column.metric)
    curves = learning_curves(runs, [column.metric for column in columns], alone)
    members = by_row(runs)
    return [_metric(column, curves[column.metric], members, table, index) for column in columns]


def _metric(
    column: Column,
    curves: Sequence[Curve],
    members: Mapping[Key, Sequence[Run]],
    table: Table,
    index: Mapping[Key, int],
) -> dict[str, Any]:
    floors = {name: protocol.floors.get(column.name) for name, protocol in table.protocols.items()}
    return {
        "name": column.name,
        "better": column.better,
        "floors": {dataset: floor for dataset, floor in floors.items() if floor is not None},
        "curves": [_curve(curve, index[curve.dataset, curve.label]) for curve in curves],
        "finals": [final for key, row in index.items() if (final := _final(column, members[key], row)) is not None],
    }


def _curve(curve: Curve, row: int) -> dict[str, Any]:
    shown = evenly(range(len(curve.steps)), MOST_EVALUATIONS)
    steps = [curve.steps[i] for i in shown]
    return {
        "row": row,
        "steps": steps,
        **{name: [drawn(getattr(curve, name)[i]) for i in shown] for name in ("median", "low", "high")},
        "n": [curve.n[i] for i in shown],
        "seeds": [_member(seed, *member, steps) for seed, member in curve.members.items()],
    }


def _member(seed: int, steps: Sequence[int], values: Sequence[float], shown: Sequence[int]) -> dict[str, Any]:
    """The values of one seed at the steps that are `shown`; `steps` stand there only if it lacks some of these."""
    value_at = dict(zip(steps, values, strict=True))
    own = [step for step in shown if step in value_at]
    member = {"seed": seed, "values": [drawn(value_at[step]) for step in own]}
    return member if own == shown else member | {"steps": own}


def _final(column: Column, runs: Sequence[Run], row: int) -> dict[str, Any] | None:
    """The value of each seed of a row, with the mean and its interval where all are finite; None without values."""
    values = values_of(runs, column)
    if not values:
        return None
    statistics = describe(list(values.values()))
    rounded = estimate(statistics)
    finite = math.isfinite(statistics.mean)
    return {
        "row": row,
        "seeds": list(values),
        "values": [drawn(value) for value in values.values()],
        "diverged": {run.seed: run.diverged_at for run in runs if run.diverged},
        "mean": statistics.mean if finite else None,
        "half_width": statistics.half_width,
        "text": rounded.mean if rounded.half_width is None else f"{rounded.mean} ± {rounded.half_width}",
    }
