"""The final values of a metric on one data set, as a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from ganlab.results.colours import Style
from ganlab.results.rendering.numbers import estimate
from ganlab.results.report.charts import INK, SYMBOLS, PlotlyJSON, across, faint, floor_line, scales, short
from ganlab.results.report.thinning import drawn
from ganlab.results.statistics import describe

EDGE = 0.985
"""Where marks without a finite value stand, as a share of the chart's width."""


@dataclass(frozen=True, kw_only=True)
class Final:
    """The final values of a row by seed, and where its diverged seeds did so."""

    label: str
    values: Mapping[int, float]
    diverged: Mapping[int, int]


def finals_chart(
    finals: Sequence[Final], styles: Mapping[str, Style], name: str, better: str, floor: float | None
) -> PlotlyJSON:
    """A mark for the value of each seed, a line a row, with the mean and its interval."""
    traces = [
        trace
        for final in finals
        for trace in (_marks(final, styles[final.label]), _lost(final, styles[final.label], better), _mean(final))
    ]
    labels = [final.label for final in finals]
    finite = [value for final in finals for value in final.values.values() if math.isfinite(value)]
    shown = finite if floor is None else [*finite, floor]
    least = min(shown, default=0.0)
    ends_far_below = {"autorangeoptions": {"clipmin": least / 2}} if least > 0 else {}
    layout = {
        "margin": {"l": 40, "r": 16, "t": 24, "b": 44},
        "yaxis": {
            "type": "category",
            "autorange": "reversed",
            "tickvals": labels,
            "showgrid": False,
            "fixedrange": True,
        },
        "xaxis2": across("x"),
        "yaxis2": across("y"),
        "meta": scales("xaxis", name, shown, on_log=ends_far_below),
    }
    return {"data": [*traces, *floor_line("xaxis", floor)], "layout": layout}


def _marks(final: Final, style: Style) -> PlotlyJSON:
    """The finite values; plotly spreads those of a row over its height."""
    finite = {seed: value for seed, value in final.values.items() if math.isfinite(value)}
    return {
        "type": "box",
        "x": [drawn(value) for value in finite.values()],
        "y": [final.label] * len(finite),
        "orientation": "h",
        "boxpoints": "all",
        "jitter": 0.8,
        "pointpos": 0,
        "line": {"width": 0},
        "fillcolor": "rgba(0,0,0,0)",
        "hoveron": "points",
        "marker": {"size": 8, "color": faint(style, 0.75), "symbol": SYMBOLS[style.marker]},
        "text": [f"seed {seed}<br>{short(value)}" for seed, value in finite.items()],
        "hovertemplate": "<b>%{meta.name}</b>, %{text}<extra></extra>",
        "meta": {"row": final.label, "name": escape(final.label)},
    }


def _lost(final: Final, style: Style, better: str) -> PlotlyJSON:
    """The seeds without a finite value, at the worst edge whatever the axis shows."""
    lost = [seed for seed, value in final.values.items() if not math.isfinite(value)]
    ends = [f"diverged at step {final.diverged[seed]:,}" if seed in final.diverged else "infinite" for seed in lost]
    said = "<br>".join(f"seed {seed}: {end}" for seed, end in zip(lost, ends, strict=True))
    return {
        "x": [EDGE if better == "lower" else 1 - EDGE] * bool(lost),
        "y": [final.label] * bool(lost),
        "xaxis": "x2",
        "mode": "markers+text",
        "marker": {"size": 8, "symbol": "x-thin-open", "color": style.colour, "line": {"width": 2}},
        "text": [str(len(lost))] * bool(lost),
        "textposition": "middle left" if better == "lower" else "middle right",
        "customdata": [said] * bool(lost),
        "hovertemplate": "<b>%{meta.name}</b><br>%{customdata}<extra></extra>",
        "meta": {"row": final.label, "name": escape(final.label)},
    }


def _mean(final: Final) -> PlotlyJSON:
    statistics = describe(list(final.values.values()))
    rounded, half_width = estimate(statistics), statistics.half_width
    known = math.isfinite(statistics.mean)
    said = rounded.mean if rounded.half_width is None else f"{rounded.mean} ± {rounded.half_width}"
    return {
        "x": [statistics.mean] * known,
        "y": [final.label] * known,
        "mode": "markers",
        "marker": {"symbol": "line-ns-open", "size": 16, "color": INK, "line": {"width": 2}},
        "error_x": {
            "array": [half_width or 0],
            "visible": bool(half_width),
            "thickness": 1.25,
            "width": 4,
            "color": INK,
        },
        "hovertemplate": f"<b>%{{meta.name}}</b><br>mean {said}<extra></extra>",
        "meta": {"row": final.label, "name": escape(final.label)},
    }
