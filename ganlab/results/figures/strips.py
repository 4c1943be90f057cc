"""Strips: the value of each seed at the end, and their mean with its 95% t-interval."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ganlab.results.colours import Style, styles_of
from ganlab.results.columns import Column
from ganlab.results.figures.panel import CROSS, FLOOR, name_of, shown, title_of, write
from ganlab.results.figures.scale import on_axis, scale_axis
from ganlab.results.figures.sheet import add_legend, new_sheet
from ganlab.results.rendering.grid import FLOOR_LABEL
from ganlab.results.statistics import describe
from ganlab.results.table import Table

ROW_HEIGHT, LINE_HEIGHT, AROUND_ROWS = 0.24, 0.14, 0.5
"""Inches: of a row at least, of a line of its label, and of what stands above and below the rows."""

SEEDS, MEAN_AT = (-0.4, 0.1), 0.3
"""Where the seeds of a row lie, so that equal values can be told apart, and where their mean does, in rows."""

BESIDE_CROSS = 4
"""Where the number of infinite values stands, in points."""

ABOVE_FLOOR = 10
"""Where the title stands, above the word for the floor, in points."""

INTERVAL: dict[str, Any] = {"color": "black", "linewidth": 1}
MEAN: dict[str, Any] = {"color": "black", "marker": "|", "markersize": 6, "markeredgewidth": 1.4}
CUT_OFF: dict[str, Any] = {"color": "black", "marker": "<", "markersize": 3.5, "clip_on": False}
"""How the mean, its interval, and an end of that beyond the axis are drawn, in matplotlib's terms."""


def draw_strips(table: Table, columns: Sequence[Column]) -> Figure:
    """A panel for each data set and metric that it has, with a line a row and a mark a seed."""
    panels = [
        (dataset, column, cells)
        for dataset in table.datasets
        for column in columns
        if any((cells := _cells(table, dataset, column)).values())
    ]
    styles = styles_of(table)
    height = max(_height(cells) for _, _, cells in panels)
    figure, all_axes = new_sheet(len(panels), len(columns), AROUND_ROWS + height)
    labels_to_the_left: list[str] = []
    for axes, (dataset, column, cells) in zip(all_axes, panels, strict=True):
        axes.set_xlabel(name_of(column))
        axes.set_title(title_of(dataset, table), pad=ABOVE_FLOOR)
        _draw_panel(axes, cells, styles, table.floors(dataset).get(column.name))
        place = axes.get_subplotspec()
        if list(cells) == labels_to_the_left and place and not place.is_first_col():
            axes.set_yticklabels([])
        labels_to_the_left = list(cells)
    add_legend(figure, _handles([value for _, _, cells in panels for values in cells.values() for value in values]))
    return figure


def _cells(table: Table, dataset: str, column: Column) -> dict[str, list[float]]:
    """The values of the seeds of each row, by its label."""
    return {row.label: list(row.cells[column.name].values.values()) for row in table.rows if row.dataset == dataset}


def _height(labels: Collection[str]) -> float:
    """Inches that the rows of a panel need."""
    most_lines = max(shown(label).count("\n") + 1 for label in labels)
    return len(labels) * max(ROW_HEIGHT, LINE_HEIGHT * most_lines)


def _draw_panel(
    axes: Axes, rows: Mapping[str, Sequence[float]], styles: Mapping[str, Style], floor: float | None
) -> None:
    scale_axis(axes.xaxis, _to_be_shown(rows.values(), floor))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [shown(label) for label in rows])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    for line, (label, row) in enumerate(rows.items()):
        axes.axhline(line, color="0.9", linewidth=0.6, zorder=0)
        _draw_row(axes, line, row, styles[label])
    if floor is not None:
        axes.axvline(floor, **FLOOR)
        above = {"xycoords": axes.get_xaxis_transform(), "horizontalalignment": "center", "color": FLOOR["color"]}
        write(axes, FLOOR_LABEL, (floor, 1), (0, 2), **above)


def _to_be_shown(rows: Collection[Sequence[float]], floor: float | None) -> list[float]:
    """The values, the floor, and the ends of intervals, of which those far below positive values are cut off."""
    values = [value for row in rows for value in row] + ([] if floor is None else [floor])
    least = min(values)
    ends = [end for row in rows if row for end in describe(row).ci95 or ()]
    return values + [end for end in ends if least <= 0 or end >= least / 2]


def _draw_row(axes: Axes, line: int, values: Sequence[float], style: Style) -> None:
    """The seeds of a row side by side, below them their mean with its interval, and how many are beyond the edge."""
    heights = [line + SEEDS[0] + (SEEDS[1] - SEEDS[0]) * (seed + 0.5) / len(values) for seed in range(len(values))]
    finite = [(value, height) for value, height in zip(values, heights, strict=True) if math.isfinite(value)]
    axes.plot(
        [value for value, _ in finite],
        [height for _, height in finite],
        color=style.colour,
        marker=style.marker,
        linestyle="none",
    )
    statistics = describe(values) if values else None
    if statistics and statistics.ci95:
        ends = on_axis(axes.xaxis, statistics.ci95)
        axes.plot(ends, [line + MEAN_AT] * 2, **INTERVAL)
        if ends[0] > statistics.ci95[0]:
            axes.plot(ends[0], line + MEAN_AT, **CUT_OFF)
        axes.plot(statistics.mean, line + MEAN_AT, **MEAN)
    infinite = [value for value in values if math.isinf(value)]
    if infinite:
        (edge,) = on_axis(axes.xaxis, infinite[:1])
        axes.plot(edge, line, color=style.colour, **CROSS)
        side = "left" if infinite[0] > 0 else "right"
        beside = {"horizontalalignment": side, "verticalalignment": "center_baseline"}
        write(axes, str(len(infinite)), (edge, line), (math.copysign(BESIDE_CROSS, infinite[0]), 0), **beside)


def _handles(values: Sequence[float]) -> list[Line2D]:
    handles = [Line2D([], [], label="one seed", marker="o", color="0.5", linestyle="none")]
    handles.append(Line2D([], [], label="mean, 95% t-interval", **INTERVAL | MEAN))
    if any(map(math.isinf, values)):
        handles.append(Line2D([], [], label="number of seeds without a finite value", color="black", **CROSS))
    return handles
