"""What is printed before and after a sweep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import Console

from ganlab.record.files import for_shell
from ganlab.record.search import RowSearch
from ganlab.sweeps.display import say
from ganlab.sweeps.launch import Result
from ganlab.sweeps.plan import Plan, runs_of_other_texts, unlisted
from ganlab.text import counted

LARGE_BATCH = 50_000
MANY_SAMPLES = 500_000


def print_plan(plan: Plan, console: Console) -> None:
    """The sweep, how much of it is done, and how the rest is grouped into populations."""
    states = Counter(run.state for run in plan.runs)
    rows = dict.fromkeys((run.spec.dataset, run.spec.label) for run in plan.runs)
    seeds = dict.fromkeys(run.spec.seed for run in plan.runs)
    held = f", {states['held']} trained by another launcher" if states["held"] else ""
    further = held + (f", {states['damaged']} damaged" if states["damaged"] else "")
    say(
        console,
        f"{plan.folder.name}: {counted(len(rows), 'row')} x {counted(len(seeds), 'seed')} = "
        f"{counted(len(plan.runs), 'run')} ({states['done']} done, {states['continue']} to continue, "
        f"{states['new']} new{further}), recorded in {plan.folder}",
    )
    for run in plan.runs:
        if run.fault:
            rest = "; the other runs are trained" if run.state == "damaged" else ""
            say(console, f"  {run.fault}{rest}")
    for line in plan.found:
        say(console, f"  data: {line}")
    for name, count in runs_of_other_texts(plan).items():
        say(
            console,
            f"  {name} has changed since this sweep was planned; {counted(count, 'run')} of it with the old "
            "text stay on disk, and all start again with the new one",
        )
    for row in plan.search.rows if plan.search else ():
        say(console, f"  {_chosen(row)}")
    for job in plan.jobs:
        runs = plan.runs_of(job)
        spec = runs[0].spec
        seeds = dict.fromkeys(run.spec.seed for run in runs)
        members = ", ".join(map(str, seeds)) + (f" ({len(runs)} runs)" if len(runs) > len(seeds) else "")
        say(
            console,
            f"  {job.title}: {spec.dataset}, iterations {job.start:,} to {job.steps:,}, seeds {members}",
        )
    for line in _heavy(plan):
        say(console, f"  {line}")
    if dropped := unlisted(plan):
        say(
            console,
            f"  its table will no longer list {counted(len(dropped), 'finished run')} with other settings "
            f"(such as {dropped[0]}), which stay on disk; give the sweep another name to keep both tables",
        )


def print_commands(plan: Plan, console: Console) -> None:
    """The command for each job that trains its runs, wherever it is given."""
    for job in plan.jobs:
        trust = " --trust" if plan.runs_of(job)[0].spec.plugins else ""
        compiled = "" if job.compiled else " --no-compile"
        device = f" --device {job.device}" if job.device != "auto" else ""
        say(console, f"ganlab work{trust}{compiled}{device} {' '.join(map(for_shell, job.runs))}")


def _chosen(row: RowSearch) -> str:
    """Which settings a search chose, and of how many trials."""
    best, score = row.best, row.score(row.best)
    missing = f" ({row.missing} more are not done)" if row.missing else ""
    done = f"{row.asked - row.missing}{missing} on {row.dataset}"
    seeds = ", ".join(map(str, row.tune_seeds))
    by = f"by {row.metric}, {score:.3g} over seeds {seeds}"
    return f"{row.label}: trial {row.chosen}, the best of {done} {by}: {best.settings_in_words}"


def _heavy(plan: Plan) -> Iterator[str]:
    """What of the plan takes long between two signs of life."""
    for spec in {job.title: plan.runs_of(job)[0].spec for job in plan.jobs}.values():
        batch = max(spec.batch_size, spec.generator_batch_size)
        if batch > LARGE_BATCH:
            yield f"{spec.label}: batches of {batch:,} samples; each iteration takes seconds to minutes (64 is usual)"
        if spec.evaluation.samples > MANY_SAMPLES:
            many = f"{spec.evaluation.samples:,} samples"
            yield f"{spec.label}: evaluated on {many}; each evaluation takes minutes (10,000 is usual)"


def print_closing(plan: Plan, result: Result, console: Console) -> None:
    """Where the results are, what failed, and the next commands."""
    for fault in result.faults:
        say(console, f"FAILED {fault}", style="red")
    for line in result.tracking:
        say(console, line)
    kept = "spec.json, metrics.jsonl, summary.json, samples, checkpoint.pt"
    say(console, f"records   {plan.folder}/RUN_ID: {kept}")
    if result.stopped:
        say(console, "stopped; run the same command again to continue from where it stopped")
    else:
        folder = for_shell(plan.folder)
        say(console, f"table     ganlab table {folder} [--format md|latex|csv|json]")
        say(console, f"report    ganlab report {folder} -o report.html")
        say(console, f"figure    ganlab figure {folder} -o curves.pdf")
        if plan.search:
            say(console, f"search    ganlab figure {folder} --kind search -o search.pdf")
        say(console, f"cite      ganlab cite {folder} -o archive.zip")
        say(console, f"one run   ganlab reproduce {for_shell(plan.runs[0].folder)}")
