"""Learning curves of a metric on one data set, as a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from markupsafe import escape

from ganlab.results.colours import Style
from ganlab.results.curves import Curve
from ganlab.results.report.charts import (
    SYMBOLS,
    PlotlyJSON,
    across,
    faint,
    floor_line,
    line,
    points,
    scales,
    short,
)
from ganlab.results.report.thinning import drawn, evenly

MOST_EVALUATIONS = 100
"""Evaluations that a curve shows, evenly spread over training."""
MARKERS_UP_TO = 30
"""Evaluations of a curve."""
MARGIN = 0.06
"""What is free beyond the worst finite value, as a share of their range."""


def curves_chart(
    curves: Sequence[Curve], styles: Mapping[str, Style], name: str, better: str, floor: float | None
) -> PlotlyJSON:
    """The median of each row over training with its quartiles, and its seeds one by one, which are hidden at first."""
    at = {curve.label: evenly(range(len(curve.steps)), MOST_EVALUATIONS) for curve in curves}
    of_rows = [line[i] for curve in curves for line in (curve.low, curve.median, curve.high) for i in at[curve.label]]
    of_seeds = [value for curve in curves for _, values in curve.members.values() for value in values]
    rows, everything = (Axis(values, better) for values in (of_rows, [*of_rows, *of_seeds]))
    traces = []
    for curve in curves:
        about = styles[curve.label], at[curve.label], everything.outside
        traces += [_seed(curve, seed, *about) for seed in curve.members]
        traces += [_band(curve, *about), _median(curve, *about)]
    layout = {
        "margin": {"l": 56, "r": 12, "t": 12, "b": 44},
        "xaxis": {"title": {"text": "step"}, "rangemode": "tozero", "tickformat": "~s"},
        "xaxis2": across("x"),
        "meta": {
            **scales("yaxis", name, rows.finite if floor is None else [*rows.finite, floor]),
            "rows": {"yaxis": rows.clipped},
            "seeds": {"yaxis": everything.clipped},
        },
    }
    return {"data": [*traces, *floor_line("yaxis", floor)], "layout": layout}


class Axis:
    """The axis of `values`, beyond which those that are not finite are drawn.

    Attributes:
        finite: those that are finite.
        outside: a number far beyond the worst of them, and positive where all are, for a logarithmic axis.
        clipped: keys by which the axis ends near the worst finite value although others are drawn `outside`.
    """

    def __init__(self, values: Sequence[float], better: str) -> None:
        self.finite = [value for value in values if math.isfinite(value)]
        least, greatest = min(self.finite, default=0.0), max(self.finite, default=1.0)
        span = greatest - least or abs(least) or 1.0
        if better == "lower":
            self.outside, end = greatest + 20 * span, {"clipmax": greatest + MARGIN * span}
        elif least > 0:
            self.outside, end = least / 1e6, {"clipmin": least - MARGIN * min(span, least)}
        else:
            self.outside, end = least - 20 * span, {"clipmin": least - MARGIN * span}
        self.clipped: PlotlyJSON = {"autorangeoptions": end} if len(self.finite) < len(values) else {}


def _band(curve: Curve, style: Style, at: Sequence[int], outside: float) -> PlotlyJSON:
    steps = [curve.steps[i] for i in at]
    return {
        "x": steps + steps[::-1],
        "y": _placed([*(curve.high[i] for i in at), *(curve.low[i] for i in reversed(at))], outside),
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": faint(style, 0.13),
        "hoverinfo": "skip",
        "meta": {"row": curve.label},
    }


def _median(curve: Curve, style: Style, at: Sequence[int], outside: float) -> PlotlyJSON:
    return {
        "x": [curve.steps[i] for i in at],
        "y": _placed([curve.median[i] for i in at], outside),
        "name": escape(curve.label),
        "mode": "lines+markers" if len(at) <= MARKERS_UP_TO else "lines",
        "line": line(style, 2),
        "marker": {"symbol": SYMBOLS[style.marker], "size": 6, "color": style.colour},
        "customdata": [[*map(short, (curve.median[i], curve.low[i], curve.high[i])), curve.n[i]] for i in at],
        "hovertemplate": "<b>%{meta.name}</b>, step %{x:,}<br>median %{customdata[0]}"
        "<br>quartiles %{customdata[1]} to %{customdata[2]}<br>%{customdata[3]} seeds<extra></extra>",
        "meta": {"row": curve.label, "name": escape(curve.label)},
    }


def _seed(curve: Curve, seed: int, style: Style, at: Sequence[int], outside: float) -> PlotlyJSON:
    """The values of one seed at the steps of its curve that are shown, as far as it was evaluated there."""
    known = dict(zip(*curve.members[seed], strict=True))
    steps = [step for step in (curve.steps[i] for i in at) if step in known]
    return {
        **points(steps, _placed([known[step] for step in steps], outside)),
        "mode": "lines",
        "line": {"color": faint(style, 0.5), "width": 1},
        **_said([known[step] for step in steps], "<b>%{meta.name}</b>, seed %{meta.seed}<br>"),
        "visible": False,
        "meta": {"row": curve.label, "name": escape(curve.label), "seed": seed},
    }


def _placed(values: Sequence[float], outside: float) -> list[float | None]:
    """Where values are drawn."""
    return [drawn(value if math.isfinite(value) else outside) for value in values]


def _said(values: Sequence[float], heading: str) -> PlotlyJSON:
    """What is said of `values` where the mouse is; the place of one that is not finite is not its value."""
    if all(map(math.isfinite, values)):
        return {"hovertemplate": f"{heading}%{{y:.3~g}}<extra></extra>"}
    return {"text": [short(value) for value in values], "hovertemplate": f"{heading}%{{text}}<extra></extra>"}
