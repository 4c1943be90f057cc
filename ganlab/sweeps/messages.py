"""What is printed before and after a sweep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sized

from rich.console import Console

from ganlab.record.files import for_shell
from ganlab.sweeps.launch import Result
from ganlab.sweeps.plan import Plan, runs_of_other_texts, unlisted
from ganlab.text import one_line


def print_plan(plan: Plan, console: Console) -> None:
    """The sweep, how much of it is done, and how the rest is grouped into populations."""
    states = Counter(run.state for run in plan.runs)
    rows = dict.fromkeys((run.spec.dataset, run.spec.label) for run in plan.runs)
    seeds = dict.fromkeys(run.spec.seed for run in plan.runs)
    damaged = f", {states['damaged']} damaged" if states["damaged"] else ""
    console.print(
        f"{plan.folder.name}: {_counted(rows, 'row')} x {_counted(seeds, 'seed')} = {_counted(plan.runs, 'run')} "
        f"({states['done']} done, {states['continue']} to continue, {states['new']} new{damaged}), "
        f"recorded in {one_line(str(plan.folder))}",
        markup=False,
    )
    for run in plan.runs:
        if run.fault:
            others = "; the other runs are trained" if run.state == "damaged" else ""
            console.print(f"  {run.fault}{others}", markup=False)
    for line in plan.found:
        console.print(f"  data: {line}", markup=False)
    for name, count in runs_of_other_texts(plan).items():
        console.print(
            f"  {name} has changed since this sweep was planned; {_counted(range(count), 'run')} of it with the old "
            "text stay on disk, and all start again with the new one",
            markup=False,
        )
    for job in plan.jobs:
        spec = job.runs[0].spec
        members = ", ".join(str(run.spec.seed) for run in job.runs)
        console.print(
            f"  {job.title}: {spec.dataset}, iterations {job.start:,} to {job.steps:,}, seeds {members}",
            markup=False,
        )
    if dropped := unlisted(plan):
        console.print(
            f"  its table will no longer list {_counted(dropped, 'finished run')} with other settings "
            f"(such as {dropped[0]}), which stay on disk; give the sweep another name to keep both tables",
            markup=False,
        )


def _counted(things: Sized, name: str) -> str:
    return f"{len(things)} {name}" if len(things) == 1 else f"{len(things)} {name}s"


def print_closing(plan: Plan, result: Result, console: Console) -> None:
    """Where the results are, what failed, and the next commands."""
    for fault in result.faults:
        console.print(f"FAILED {fault}", markup=False, style="red")
    for line in result.tracking:
        console.print(line, markup=False)
    kept = "spec.json, metrics.jsonl, summary.json, samples, checkpoint.pt"
    console.print(f"records   {one_line(str(plan.folder))}/RUN_ID: {kept}", markup=False)
    if result.stopped:
        console.print("stopped; run the same command again to continue from where it stopped")
    else:
        folder = for_shell(plan.folder)
        console.print(f"table     ganlab table {folder} [--format md|latex|csv|json]", markup=False)
        console.print(f"report    ganlab report {folder} -o report.html", markup=False)
        console.print(f"figure    ganlab figure {folder} -o curves.pdf", markup=False)
        console.print(f"cite      ganlab cite {folder} -o archive.zip", markup=False)
        console.print(f"one run   ganlab reproduce {for_shell(plan.runs[0].folder)}", markup=False)
