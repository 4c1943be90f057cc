"""A sweep's results as a W&B Report: its table in words and numbers, its curves and pictures live from the runs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import wandb
from wandb_workspaces import expr
from wandb_workspaces.reports.v2 import interface as blocks

from ganlab.errors import InputError
from ganlab.results.columns import Column
from ganlab.results.rendering import render
from ganlab.results.runs import Run
from ganlab.results.table import Table, build
from ganlab.tracking.wandb_login import require_login
from ganlab.tracking.wandb_tracker import group_of

BAND = "Lines are medians over the seeds of a variant; bands reach from the lowest seed to the highest."
HALF, WHOLE, HEIGHT = 12, 24, 8
"""Sizes of panels, in W&B's units: a report is 24 wide."""

LINES = 100
"""The most lines in a plot, for which W&B takes ten unless it is told."""


def publish(runs: Sequence[Run], project: str | None = None) -> str:
    """Save a report on `runs`, those of one sweep, in W&B; gives its URL.

    Args:
        runs: whose results the report states.
        project: ``ENTITY/PROJECT``, in which the runs are; by default the login's own entity and the project that
            W&B's settings name, or else ``ganlab``.

    Raises:
        InputError: no login, no such project, no run of the sweep in it, or runs of several sweeps.
    """
    sweeps = sorted({run.sweep for run in runs})
    if len(sweeps) > 1:
        raise InputError(f"a W&B report is on one sweep, and these are {', '.join(sweeps)}; name one of them")
    table = build(runs)
    require_login()
    api = wandb.Api()
    entity, name = _place(api, project)
    _refuse_absent(api, f"{entity}/{name}", sweeps[0])
    report = make_report(table, runs, entity, name)
    report.save()
    return str(report.url)


def make_report(table: Table, runs: Sequence[Run], entity: str, project: str) -> blocks.Report:
    """The report on `runs` of one sweep and their `table`, not saved yet."""
    numbers, _, notes = render(table, "md").partition("\n\n")
    content: list[blocks.BlockTypes] = [
        blocks.H1("Results"),
        blocks.MarkdownBlock(numbers),
        blocks.H1("How they were measured"),
        blocks.MarkdownBlock(notes),
        blocks.H1("Learning curves"),
        blocks.P(BAND),
    ]
    cells = {(run.dataset, run.label): group_of(run.spec_file) for run in runs}
    for dataset in table.datasets:
        groups = [group for (on, _), group in cells.items() if on == dataset]
        content += [blocks.H2(dataset), _curves(_runset(entity, project, groups), table.columns)]
    content += [blocks.H1("What the generators draw")]
    for (dataset, label), group in cells.items():
        content += [blocks.H2(f"{label} on {dataset}"), _pictures(_runset(entity, project, [group]))]
    content += [blocks.H1("Again"), blocks.MarkdownBlock(_commands(runs, f"{entity}/{project}"))]
    return blocks.Report(
        entity=entity,
        project=project,
        title=f"{runs[0].sweep} benchmark",
        description=f"{len(runs)} runs: each variant over many seeds, with intervals and protocol.",
        width="fluid",
        blocks=content,
    )


def _place(api: wandb.Api, project: str | None) -> tuple[str, str]:
    if project is None:
        entity = api.settings["entity"] or api.default_entity
        return str(entity), str(api.settings["project"] or "ganlab")
    entity, sign, name = project.partition("/")
    if not (entity and sign and name) or "/" in name:
        raise InputError(f"--project '{project}' names no project; write ENTITY/PROJECT")
    return entity, name


def _refuse_absent(api: wandb.Api, place: str, sweep: str) -> None:
    """Check that the project has runs of the sweep, without which there is nothing to draw."""
    try:
        count = len(api.runs(place, {"config.sweep.value": sweep}, per_page=1))
    except ValueError:  # there is no such project
        count = 0
    if not count:
        raise InputError(
            f"there is no run of {sweep} in {place}, whose curves a report could show; upload its runs with "
            "ganlab wandb sync, or name their place with --project ENTITY/PROJECT"
        )


def _runset(entity: str, project: str, groups: Sequence[str]) -> blocks.Runset:
    """The runs of some groups. (By the config key `sweep`, wandb-workspaces cannot filter: it takes it for another.)"""
    return blocks.Runset(entity=entity, project=project, filters=expr.And(expr.Metric("Group").isin(list(groups))))


def _curves(runset: blocks.Runset, columns: Sequence[Column]) -> blocks.PanelGrid:
    """One plot a metric, its lines and bands over the seeds of each label."""
    metrics = list(dict.fromkeys(column.metric for column in columns))
    panels: list[blocks.PanelTypes] = [
        blocks.LinePlot(
            title=metric,
            x="global_step",
            y=[f"eval/{metric}"],
            groupby=blocks.Config("label"),
            groupby_aggfunc="median",
            groupby_rangefunc="minmax",
            smoothing_type="none",
            max_runs_to_show=LINES,
            layout=blocks.Layout(x=HALF * (i % 2), y=HEIGHT * (i // 2), w=HALF, h=HEIGHT),
        )
        for i, metric in enumerate(metrics)
    ]
    return blocks.PanelGrid(runsets=[runset], panels=panels)


def _pictures(runset: blocks.Runset) -> blocks.PanelGrid:
    """The pictures that each evaluation left: steps from left to right, seeds from top to bottom."""
    browser = blocks.MediaBrowser(
        media_keys=["samples"],
        grid_x_axis="step",
        grid_y_axis="run",
        layout=blocks.Layout(w=WHOLE, h=HEIGHT),
    )
    return blocks.PanelGrid(runsets=[runset], panels=[browser])


def _commands(runs: Sequence[Run], place: str) -> str:
    return (
        f"The table above, from the runs in W&B:\n\n"
        f"```\nganlab table wandb:{place} --filter {_argument(f'sweep={runs[0].sweep}')}\n```\n\n"
        f"Any one run, from its run directory:\n\n```\nganlab reproduce {_argument(runs[0].id)}\n```"
    )


def _argument(text: str) -> str:
    """`text` as an argument on a command line; it does not end the block of code that it stands in."""
    return shlex.quote(text.replace("```", "..."))
