"""The report's part on training: diagnostics, warnings, and runs that diverged or are unfinished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ganlab.results.report.thinning import drawn
from ganlab.results.runs import Run
from ganlab.results.table import Table

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


def panels_of(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The charts of diagnostics: a title, and what is drawn there; what is not in `PANELS` has a chart of its own."""
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
    return [{"title": title, "names": names} for title, names in panels.items() if names]


def diagnostics_of(runs: Sequence[Run], table: Table) -> list[dict[str, Any]]:
    """The diagnostics of each run that has any: its row, seed, steps, and a list of values by name."""
    index = table.positions
    diagnostics = ((run, _columns(run)) for run in runs)
    return [
        {"row": index[run.dataset, run.label], "seed": run.seed, **columns} for run, columns in diagnostics if columns
    ]


def warnings_of(runs: Sequence[Run]) -> list[tuple[Run, Sequence[str]]]:
    """The runs that are done and were warned of, each with its warnings."""
    return [(run, run.result.warnings) for run in runs if run.done and run.result.warnings]


def last_step(run: Run) -> int:
    """The step of the last row of a run; 0 where there is none."""
    rows = run.origin.rows()
    return int(rows[-1]["global_step"]) if rows else 0


def _columns(run: Run) -> dict[str, Any] | None:
    rows = [row for row in run.origin.rows() if any(key.startswith(DIAGNOSTIC) for key in row)]
    if not rows:
        return None
    names = dict.fromkeys(key for row in rows for key in row if key.startswith(DIAGNOSTIC))
    return {
        "steps": [row["global_step"] for row in rows],
        "values": {name.removeprefix(DIAGNOSTIC): [drawn(row.get(name)) for row in rows] for name in names},
    }
