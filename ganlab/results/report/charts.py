"""Figures in plotly's JSON: what the charts of a report have in common.

They are dicts, for plotly's own classes take longer than all the rest of a large report; a test has these check them.

A figure has its lines and marks in the rows' colours, and leaves the page's own colours to the page. ``layout.meta``
holds what a linear and a logarithmic axis have of their own; ``meta`` of a trace says of which row and seed it is.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from markupsafe import escape
from numpy.typing import NDArray

from ganlab.results.colours import Style
from ganlab.results.rendering.grid import FLOOR_LABEL

PlotlyJSON = dict[str, Any]
"""A trace, or a part of a figure."""

SINGLE = np.finfo("float32")
INK, MUTED = "#111111", "#666666"
"""Colours that the page replaces by its own."""

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


def scales(axis: str, name: str, values: Sequence[float], on_log: PlotlyJSON | None = None) -> PlotlyJSON:
    """What ``xaxis`` or ``yaxis`` is when it is linear, and when it is logarithmic.

    Args:
        name: of the metric.
        values: that it shows, finite ones.
        on_log: further keys of a logarithmic one.
    """
    title = {"title": {"text": escape(name)}}
    decades = math.log10(max(values)) - math.log10(min(values)) if values and min(values) > 0 else 1.0
    ticks = {"nticks": min(5, max(3, math.ceil(2 * decades))), "tickformat": "~g"}  # at two a decade, at 1, 2 and 5
    return {
        "linear": {axis: {**title, "type": "linear"}},
        "log": {axis: {**title, "type": "log", **ticks, **(on_log or {})}},
    }


def floor_line(axis: str, floor: float | None) -> list[PlotlyJSON]:
    """A thin line across the chart at what as many true samples score, if that is known."""
    if floor is None:
        return []
    at, whole = [floor, floor], [0, 1]
    place = {"x": whole, "y": at, "xaxis": "x2"} if axis == "yaxis" else {"x": at, "y": whole, "yaxis": "y2"}
    word = {"text": [FLOOR_LABEL, ""] if axis == "yaxis" else ["", FLOOR_LABEL], "cliponaxis": False}
    return [
        {
            **place,
            **word,
            "mode": "lines+text",
            "textposition": "top right" if axis == "yaxis" else "top center",
            "textfont": {"size": 11, "color": MUTED},
            "line": {"color": MUTED, "width": 1, "dash": "4px,4px"},
            "hoverinfo": "skip",
            "meta": {},
        }
    ]


def across(axis: str) -> PlotlyJSON:
    """An axis over another one, from 0 to 1, for what stands at a place of the chart whatever that one shows."""
    return {"overlaying": axis, "range": [0, 1], "fixedrange": True, "visible": False}


def line(style: Style, width: float) -> PlotlyJSON:
    """The line of a row."""
    dash = ",".join(f"{length * width:g}px" for length in style.dashes)
    return {"color": style.colour, "width": width, "dash": dash or "solid"}


def points(steps: Sequence[int], values: Sequence[float | None]) -> PlotlyJSON:
    """The points of a line, of which a page holds thousands, in few characters; None, which is not finite, is NaN."""
    strides = {second - first for first, second in pairwise(steps)}
    if len(strides) == 1:
        along: PlotlyJSON = {"x0": steps[0], "dx": strides.pop()}
    else:
        along = {"x": _binary(np.array(steps), "u2" if max(steps, default=0) < 2**16 else "i4")}
    exact = np.array(values, dtype=float)
    sizes = np.abs(exact[np.isfinite(exact) & (exact != 0)])
    fit = not len(sizes) or (sizes.min() > SINGLE.tiny and sizes.max() < SINGLE.max)
    return {**along, "y": _binary(exact, "f4" if fit else "f8")}


def _binary(values: NDArray[Any], dtype: str) -> PlotlyJSON:
    """`values` as plotly.js reads them, least significant byte first."""
    return {"dtype": dtype, "bdata": base64.b64encode(values.astype(f"<{dtype}").tobytes()).decode()}


def faint(style: Style, opacity: float) -> str:
    """A row's colour with an opacity, as ``#RRGGBBAA``."""
    return f"{style.colour}{round(255 * opacity):02X}"


def short(value: float | None) -> str:
    """A number to three significant digits."""
    return "not finite" if value is None or not math.isfinite(value) else f"{value:.3g}"
