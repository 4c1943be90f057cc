"""Learning curves: the median over seeds, in a band from the first to the third quartile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter, MaxNLocator

from ganlab.results.colours import Style
from ganlab.results.columns import Column
from ganlab.results.curves import Curve, learning_curves
from ganlab.results.figures.panel import CROSS, FLOOR, SMALL, name_of, styles_of, title_of, wrapped
from ganlab.results.figures.scale import on_axis, scale_axis
from ganlab.results.figures.sheet import add_legend, new_sheet
from ganlab.results.runs import Run
from ganlab.results.table import Table

PANEL_HEIGHT = 2.0
BAND_OPACITY = 0.12
BETWEEN_MARKERS = 0.2
"""Of a line, as a share of the panel's diagonal."""


def draw_curves(runs: Sequence[Run], table: Table, columns: Sequence[Column]) -> Figure:
    """A panel for each data set and metric that it has, with a curve a row."""
    curves = {column.name: learning_curves(runs, column.name) for column in columns}
    panels = [
        (dataset, column, shown)
        for dataset in table.datasets
        for column in columns
        if (shown := [curve for curve in curves[column.name] if curve.dataset == dataset])
    ]
    styles = styles_of(table)
    figure, all_axes = new_sheet(len(panels), len(columns), PANEL_HEIGHT)
    for axes, (dataset, column, shown) in zip(all_axes, panels, strict=True):
        axes.set(xlabel="step", ylabel=name_of(column), title=title_of(dataset, table))
        _draw_panel(axes, shown, styles, table.floors(dataset).get(column.name))
    handles = [Line2D([], [], label=wrapped(label), **_line(style)) for label, style in styles.items()]
    if any(math.isinf(value) for _, _, shown in panels for curve in shown for value in curve.median):
        handles.append(Line2D([], [], label="median infinite (diverged)", color="black", **CROSS))
    add_legend(figure, handles)
    return figure


def _draw_panel(axes: Axes, curves: Sequence[Curve], styles: Mapping[str, Style], floor: float | None) -> None:
    values = [value for curve in curves for value in (*curve.low, *curve.median, *curve.high)]
    scale_axis(axes.yaxis, values if floor is None else [*values, floor])
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    for index, curve in enumerate(curves):
        _draw_curve(axes, curve, styles[curve.label], first_marker=BETWEEN_MARKERS * index / len(curves))
    if floor is not None:
        axes.axhline(floor, **FLOOR)
        axes.annotate(
            "floor",
            (1, floor),
            xycoords=axes.get_yaxis_transform(),
            xytext=(2, 0),
            textcoords="offset points",
            verticalalignment="center",
            fontsize=SMALL,
            color=FLOOR["color"],
        )


def _draw_curve(axes: Axes, curve: Curve, style: Style, first_marker: float) -> None:
    """The line and the band, which run along the edge of the panel where they are infinite."""
    low, median, high = (on_axis(axes.yaxis, values) for values in (curve.low, curve.median, curve.high))
    axes.fill_between(curve.steps, low, high, color=style.colour, alpha=BAND_OPACITY, linewidth=0)
    axes.plot(curve.steps, median, markevery=(first_marker, BETWEEN_MARKERS), **_line(style))
    infinite = [i for i, value in enumerate(curve.median) if math.isinf(value)]
    if infinite:
        axes.plot(curve.steps[infinite[0]], median[infinite[0]], color=style.colour, **CROSS)


def _line(style: Style) -> dict[str, Any]:
    """A row's line in matplotlib's terms."""
    return {
        "color": style.colour,
        "linestyle": (0, style.dashes) if style.dashes else "solid",
        "marker": style.marker,
    }
