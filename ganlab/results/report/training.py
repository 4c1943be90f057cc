"""The report's part on training: diagnostics, warnings, and runs that diverged or are unfinished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from ganlab.results.colours import style_of
from ganlab.results.report.cached_runs import MOST_DIAGNOSTICS
from ganlab.results.report.charts import PlotlyJSON, faint, line, points
from ganlab.results.report.thinning import drawn, evenly
from ganlab.results.runs import Run
from ganlab.results.table import Table
from ganlab.results.wording import name_of

DIAGNOSTIC = "train/"

PANELS = {
    "losses": {"discriminator_loss": "discriminator", "generator_loss": "generator"},
    "scores": {"score_real": "real", "score_fake": "generated"},
    "gradient norms": {"discriminator_grad_norm": "discriminator", "generator_grad_norm": "generator"},
    "slopes of the discriminator": {"slope_real": "at real", "slope_fake": "at generated", "slope_between": "between"},
    "accuracy of the discriminator": {"accuracy": "accuracy"},
    "spread of generated batches": {"fake_spread": "spread"},
}
"""Diagnostics that are drawn together, by the title of their chart, and what they are called there."""


@dataclass(frozen=True, kw_only=True)
class Diagnostics:
    """What one run logged of its training, by quantity: `values` at `steps`, None for what is not finite."""

    seed: int
    steps: Sequence[int]
    values: Mapping[str, Sequence[float | None]]


def panels_of(runs: Sequence[Run]) -> dict[str, dict[str, str]]:
    """What is drawn in each chart of diagnostics, by its title; what is not in `PANELS` has a chart of its own."""
    recorded = sorted(
        {
            key.removeprefix(DIAGNOSTIC)
            for run in runs
            for row in run.origin.rows()[:1]
            for key in row
            if key.startswith(DIAGNOSTIC)
        }
    )
    together = {name for names in PANELS.values() for name in names}
    others = {name.replace("_", " "): {name: name.replace("_", " ")} for name in recorded if name not in together}
    panels = {
        title: {name: called for name, called in names.items() if name in recorded}
        for title, names in (PANELS | others).items()
    }
    return {title: names for title, names in panels.items() if names}


def diagnostics_of(runs: Sequence[Run], table: Table, panels: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Of each row whose runs have any: its name, and a figure for each of `panels`."""
    rows: dict[str, list[Diagnostics]] = {}
    for run in runs:
        if found := _diagnostics(run):
            row = table.rows[table.positions[run.dataset, run.label]]
            rows.setdefault(name_of(row, table), []).append(found)
    return [
        {"name": name, "figures": [_chart(names, found) for names in panels.values()]} for name, found in rows.items()
    ]


def _chart(names: Mapping[str, str], runs: Sequence[Diagnostics]) -> PlotlyJSON:
    """A line for each seed and each of the quantities `names`."""
    opacity = min(0.7, 0.15 + 2.5 / len(runs))
    traces = [
        {
            **points(run.steps, run.values[key]),
            "mode": "lines",
            "line": line(style_of(index), 1.25) | {"color": faint(style_of(index), opacity)},
            "meta": {"name": f"seed {run.seed}, {escape(called)}"},
            "hovertemplate": "%{meta.name}<br>%{y:.3~g}, step %{x:,}<extra></extra>",
        }
        for index, (key, called) in enumerate(names.items())
        for run in runs
        if key in run.values
    ]
    layout = {
        "margin": {"l": 40, "r": 8, "t": 8, "b": 28},
        "xaxis": {"nticks": 5, "tickformat": "~s"},
        "yaxis": {"nticks": 5},
    }
    return {"data": traces, "layout": layout}


def warnings_of(runs: Sequence[Run]) -> list[tuple[Run, Sequence[str]]]:
    """The runs that are done and were warned of, each with its warnings."""
    return [(run, run.result.warnings) for run in runs if run.done and run.result.warnings]


def last_step(run: Run) -> int:
    """The step of the last row of a run; 0 where there is none."""
    rows = run.origin.rows()
    return int(rows[-1]["global_step"]) if rows else 0


def _diagnostics(run: Run) -> Diagnostics | None:
    logged = [row for row in run.origin.rows() if any(key.startswith(DIAGNOSTIC) for key in row)]
    rows = evenly(logged, MOST_DIAGNOSTICS)
    names = dict.fromkeys(key for row in rows for key in row if key.startswith(DIAGNOSTIC))
    values = {name.removeprefix(DIAGNOSTIC): [drawn(row.get(name)) for row in rows] for name in names}
    return Diagnostics(seed=run.seed, steps=[row["global_step"] for row in rows], values=values) if rows else None
