"""Learning curves: the median over seeds, in a band from the first to the third quartile."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import EngFormatter

from ganlab.errors import InputError
from ganlab.results.colours import Style, styles_of
from ganlab.results.columns import Column
from ganlab.results.curves import Curve, learning_curves
from ganlab.results.figures.panel import CROSS, FLOOR, name_of, shown, title_of, write
from ganlab.results.figures.scale import few_ticks, on_axis, scale_axis
from ganlab.results.figures.sheet import add_legend, new_sheet
from ganlab.results.rendering.grid import FLOOR_LABEL
from ganlab.results.runs import Run
from ganlab.results.table import Table

PANEL_HEIGHT = 2.0
BAND_OPACITY = 0.12
BETWEEN_MARKERS = 0.15
"""Of a line, as a share of the panel's diagonal."""


def draw_curves(runs: Sequence[Run], table: Table, columns: Sequence[Column]) -> Figure:
    """A panel for each data set and metric that it has, with a curve a row.

    Raises:
        InputError: a column is no metric, or there are no evaluations.
    """
    curves = learning_curves(runs, [column.name for column in columns])
    panels = [
        (dataset, column, group)
        for dataset in table.datasets
        for column in columns
        if (group := [curve for curve in curves[column.name] if curve.dataset == dataset])
    ]
    if not panels:
        raise InputError(f"no run has evaluations of {', '.join(curves)} in its rows; --kind strips needs none")
    styles = styles_of(table)
    figure, all_axes = new_sheet(len(panels), len(columns), PANEL_HEIGHT)
    for axes, (dataset, column, group) in zip(all_axes, panels, strict=True):
        axes.set(xlabel="step", ylabel=name_of(column), title=title_of(dataset, table))
        draw_panel(axes, group, styles, table.floors(dataset).get(column.name))
    handles = [Line2D([], [], label=shown(label), **line_of(style)) for label, style in styles.items()]
    if any(math.isinf(value) for _, _, group in panels for curve in group for value in curve.median):
        handles.append(Line2D([], [], label="median infinite (diverged)", color="black", **CROSS))
    add_legend(figure, handles)
    return figure


def draw_panel(axes: Axes, curves: Sequence[Curve], styles: Mapping[str, Style], floor: float | None) -> None:
    """Curves with their bands, by the style of their label, and the line of the floor."""
    values = [value for curve in curves for value in (*curve.low, *curve.median, *curve.high)]
    scale_axis(axes.yaxis, values if floor is None else [*values, floor])
    axes.xaxis.set_major_locator(few_ticks())
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    for index, curve in enumerate(curves):
        _draw_curve(axes, curve, styles[curve.label], first_marker=BETWEEN_MARKERS * index / len(curves))
    if floor is not None:
        axes.axhline(floor, **FLOOR)
        beside = {"xycoords": axes.get_yaxis_transform(), "verticalalignment": "center", "color": FLOOR["color"]}
        write(axes, FLOOR_LABEL.replace(" ", "\n"), (1, floor), (2, 0), **beside)


def _draw_curve(axes: Axes, curve: Curve, style: Style, first_marker: float) -> None:
    """The band, and the line up to where it is infinite: there, a cross at the edge of the panel."""
    low, median, high = (on_axis(axes.yaxis, values) for values in (curve.low, curve.median, curve.high))
    axes.fill_between(curve.steps, low, high, color=style.colour, alpha=BAND_OPACITY, linewidth=0)
    for i, (before, value) in enumerate(pairwise([0.0, *curve.median])):
        if math.isinf(value) and math.isinf(before):
            median[i] = math.nan
        elif math.isinf(value):
            axes.plot(curve.steps[i], median[i], color=style.colour, **CROSS)
    axes.plot(curve.steps, median, markevery=(first_marker, BETWEEN_MARKERS), **line_of(style))


def line_of(style: Style) -> dict[str, Any]:
    """A row's line in matplotlib's terms."""
    return {
        "color": style.colour,
        "linestyle": (0, style.dashes) if style.dashes else "solid",
        "marker": style.marker,
    }
