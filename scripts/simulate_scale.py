"""How a sweep scales to 1,000 GPUs and 100,000 runs: which resource is next to be full, and what setting avoids it.

    python scripts/simulate_scale.py                                  # the tables of docs/scaling.md
    python scripts/simulate_scale.py --page docs/scaling.md           # puts them into it
    python scripts/simulate_scale.py --members 1 --seconds 3600       # populations of one member, an hour each
    python scripts/simulate_scale.py --metadata 1000                  # a slower file server
    python scripts/simulate_scale.py --figure docs/images/scaling.svg

Costs come from docs/scaling.json, which scripts/measure_scale.py measures; capacities are options, whose defaults are
sourced in docs/scaling.md. GPUs train populations; between two, each needs the metadata server and the scheduler,
where it may have to wait for others. This closed network of queues is solved by exact mean value analysis
(Reiser and Lavenberg 1980). The launcher's looks take their share of the metadata server.
The launcher, the mirror and W&B are not waited for: they fall behind where more is sent than they take.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

from ganlab.engines.runs import LARGEST_POPULATION
from ganlab.engines.work import SECONDS_BETWEEN_LOOKS
from ganlab.record.lease import SECONDS_BETWEEN_SIGNS
from ganlab.slurm_queue import USUAL_ARRAY
from ganlab.sweeps.display import LOOKS_A_SECOND
from ganlab.sweeps.display import SECONDS_BETWEEN_LOOKS as SECONDS_BETWEEN_DISPLAYS
from ganlab.training.trainer import SECONDS_BETWEEN_CHECKPOINTS

MEASURED = Path(__file__).resolve().parents[1] / "docs/scaling.json"
GPUS = (1, 10, 100, 1000)
RUNS = (1_000, 10_000, 100_000)
ENGINES = ("local", "slurm", "ray", "wandb")
FULL = 0.8
"""A resource that is used more than this is named."""


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What was measured.

    Attributes:
        plan, train, read: operations of metadata a run, of its plan, of its training but for what follows, and of
            `ganlab status`.
        look: operations a second and job, of its progress and of looking for a stop.
        checkpoint, renewal: operations of one checkpoint of a run, and of one renewal of its lease.
        looking: seconds of the launcher's processor for a look at a job.
        planner, mirror: of the processor a run, to plan it and to mirror it to W&B.
        start: of the processor a job, beside its training.
        interval: seconds between two requests with a run's rows; W&B's client makes one more at a run's start and end.
    """

    plan: float
    train: float
    read: float
    look: float
    checkpoint: float
    renewal: float
    looking: float
    planner: float
    mirror: float
    start: float
    interval: float

    @classmethod
    def of(cls, measured: Mapping[str, Any], engine: str) -> Costs:
        """Those in the file that `measure_scale.py` writes, of an engine."""
        operations = measured["operations"]
        members, phases = operations["members"], operations["of_a_population"]
        training = dict(phases["training"])
        checkpoints = training.pop("checkpoint")
        del training["progress"], training["stop"]
        cpu = measured["cpu_seconds_of_a_population"]
        wandb = measured["requests_of_a_run"]
        return cls(
            plan=sum(phases["planning"].values()) / members,
            train=sum(training.values()) / members,
            read=sum(phases["status"].values()) / members,
            look=operations["of_a_look"] / SECONDS_BETWEEN_LOOKS,
            checkpoint=checkpoints / members / operations["checkpoints"],
            renewal=operations["of_a_renewal"],
            looking=measured["cpu_seconds_of_a_look"],
            planner=measured["cpu_seconds_of_a_run"]["planning"],
            mirror=max(0.0, cpu["local, W&B offline"] - cpu["local"]) / members,
            start=max(0.0, cpu[engine] - cpu["in process"]),
            interval=wandb["seconds"] / (wandb["requests"] - 2),
        )


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """What is trained, on what.

    Attributes:
        seconds: that a population trains.
        members: of a population, at most.
        operations: of metadata that the file server does a second.
        starts: jobs that the scheduler starts a second.
        requests, creations: that W&B takes a second, of rows and of new runs.
        array: tasks that one array of Slurm may have.
        looks: at jobs a second, that the launcher takes at most.
        checkpoints: seconds from one to the next.
    """

    gpus: int
    runs: int
    seconds: float = 600.0
    members: int = LARGEST_POPULATION
    operations: float = 5_000.0
    starts: float = 500.0
    requests: float = 500.0
    creations: float = 80.0
    array: int = USUAL_ARRAY
    looks: float = LOOKS_A_SECOND
    checkpoints: float = SECONDS_BETWEEN_CHECKPOINTS

    @property
    def population(self) -> int:
        """Members of a population: no more than leave one for each GPU."""
        return max(1, min(self.members, self.runs // self.gpus))

    @property
    def populations(self) -> int:
        return ceil(self.runs / self.population)

    @property
    def looks_a_second(self) -> float:
        """At jobs that are submitted, which are no more than an array takes."""
        return min(min(self.populations, self.array) / SECONDS_BETWEEN_DISPLAYS, self.looks)


@dataclass(frozen=True, kw_only=True)
class Solution:
    """How much of each resource is used, and of the GPUs' time for training.

    Attributes:
        used: the shares of the resources that are waited for, and of W&B, where it may be above 1.
        hours: from the plan to the last run's end.
    """

    used: Mapping[str, float]
    efficiency: float
    hours: float


def mean_values(customers: int, thinking: float, demands: Sequence[float]) -> tuple[float, list[float]]:
    """Throughput, and the time at each station with its queue, of a closed network.

    Args:
        customers: how many there are.
        thinking: seconds that each spends between two visits, waiting for nobody.
        demands: seconds that a visit to each station takes.
    """
    queues = [0.0] * len(demands)
    throughput, times = 0.0, list(demands)
    for present in range(1, customers + 1):
        times = [demand * (1 + queue) for demand, queue in zip(demands, queues, strict=True)]
        throughput = present / (thinking + sum(times))
        queues = [throughput * time for time in times]
    return throughput, times


def operations_of_population(costs: Costs, sweep: Sweep) -> float:
    """Operations of metadata that a population causes from its start to its end."""
    of_run = (
        costs.train
        + costs.checkpoint * (1 + sweep.seconds // sweep.checkpoints)
        + costs.renewal * sweep.seconds / SECONDS_BETWEEN_SIGNS
    )
    return of_run * sweep.population + costs.look * sweep.seconds


def solve(costs: Costs, sweep: Sweep) -> Solution:
    """How `sweep` fares."""
    left = max(sweep.operations - sweep.looks_a_second, 0.01 * sweep.operations)
    demands = {"metadata": operations_of_population(costs, sweep) / left, "scheduler": 1 / sweep.starts}
    busy = min(sweep.gpus, sweep.populations)
    throughput, times = mean_values(busy, sweep.seconds + costs.start, list(demands.values()))
    cycle = sweep.seconds + costs.start + sum(times)
    planning = sweep.runs * max(costs.planner, costs.plan / sweep.operations)
    seconds = planning + max(sweep.populations / throughput, ceil(sweep.populations / busy) * cycle)
    used = {
        "metadata": throughput * demands["metadata"] * left / sweep.operations + 1 - left / sweep.operations,
        "scheduler": throughput * demands["scheduler"],
        "launcher": sweep.looks_a_second * costs.looking,
    }
    used["mirror"] = throughput * sweep.population * costs.mirror
    used["W&B rows"] = busy * sweep.population / costs.interval / sweep.requests
    used["W&B new runs"] = throughput * sweep.population / sweep.creations
    efficiency = sweep.populations * sweep.seconds / (sweep.gpus * seconds)
    return Solution(used=used, efficiency=efficiency, hours=seconds / 3600)


ADVICE = {
    "metadata": "GANLAB_CHECKPOINT_SECONDS=300, longer runs, a faster file server",
    "scheduler": "longer populations",
    "launcher": "fewer jobs at once",
    "mirror": "WANDB_MODE=disabled, then ganlab wandb sync",
    "W&B rows": "WANDB_MODE=disabled, then ganlab wandb sync",
    "W&B new runs": "WANDB_MODE=disabled, then ganlab wandb sync",
    "last round": "populations in multiples of the GPUs",
    "GPUs": "more of them",
}
WAITED_FOR = ("metadata", "scheduler")
"""What training waits for; the rest falls behind where it is full."""


def bottleneck(sweep: Sweep, solution: Solution) -> str:
    """What is full or limits the sweep first."""
    full = [name for name, used in solution.used.items() if used > FULL]
    if full:
        return max(full, key=lambda one: (one in WAITED_FOR, solution.used[one]))
    return "last round" if solution.efficiency < FULL else "GPUs"


def table(costs: Costs, template: Sweep) -> str:
    """A row for each number of GPUs and runs, as Markdown."""
    names = (*WAITED_FOR, "launcher", "mirror", "W&B rows", "W&B new runs")
    head = ["GPUs", "runs", "populations", "hours", "efficiency", "first limit", *names]
    lines = [f"| {' | '.join(head)} |", f"|{' -: |' * 5} --- |{' -: |' * len(names)}"]
    for gpus in GPUS:
        for runs in RUNS:
            sweep = replace(template, gpus=gpus, runs=runs)
            solution = solve(costs, sweep)
            cells = [f"{gpus:,}", f"{runs:,}", f"{sweep.populations:,} x {sweep.population}", f"{solution.hours:,.1f}"]
            cells += [f"{solution.efficiency:.0%}", bottleneck(sweep, solution)]
            cells += [f"{solution.used[name]:.1%}" for name in names]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def advice_table() -> str:
    """What avoids each limit, as Markdown."""
    rows = [f"| {limit} | {advice} |" for limit, advice in ADVICE.items()]
    return "\n".join(["| first limit | what avoids it |", "| --- | --- |", *rows])


def operations_table(measured: Mapping[str, Any]) -> str:
    """Operations of a run by phase and kind of file, as Markdown."""
    operations = measured["operations"]
    phases = operations["of_a_population"]
    kinds = sorted({kind for counts in phases.values() for kind in counts})
    lines = [f"| operations a run | {' | '.join(phases)} |", f"| --- |{' -: |' * len(phases)}"]
    for kind in kinds:
        cells = [f"{counts.get(kind, 0) / operations['members']:.1f}" for counts in phases.values()]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    totals = [f"{sum(counts.values()) / operations['members']:.1f}" for counts in phases.values()]
    return "\n".join([*lines, f"| all | {' | '.join(totals)} |"])


def engines_table(measured: Mapping[str, Any]) -> str:
    """Seconds of the processor a population, by engine, as Markdown."""
    cpu, starts = measured["cpu_seconds_of_a_population"], measured["cpu_seconds_of_a_start"]
    training, mirrored = cpu["in process"], cpu["local, W&B online"] - cpu["local"]
    lines = [
        "| engine | seconds a population | training and pictures | mirror | start | beside them |",
        "| --- | -: | -: | -: | -: | -: |",
    ]
    for name in ENGINES:
        parts = [training, mirrored if name == "wandb" else 0.0, starts.get(name, 0.0)]
        cells = [cpu[name], *parts, cpu[name] - sum(parts)]
        lines.append(f"| {name} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")
    return "\n".join(lines)


def weak_scaling_table(measured: Mapping[str, Any]) -> str:
    """Wall seconds of one and of two workers, as Markdown; one line where they were not measured."""
    weak = measured.get("weak_scaling")
    if not weak:
        return "Not measured yet on a quiet machine."
    return "\n".join(
        [
            "| workers | populations | seconds | efficiency |",
            "| -: | -: | -: | -: |",
            f"| 1 | 2 | {weak['seconds_of_1_worker']:.1f} | |",
            f"| 2 | 4 | {weak['seconds_of_2_workers']:.1f} | {weak['efficiency']:.0%} |",
        ]
    )


def origin(measured: Mapping[str, Any]) -> str:
    """When and where the costs were measured, in a sentence."""
    about = measured["about"]
    when = f"Measured on {about['date']} at commit {about['commit']}"
    return f"{when}, on {about['machine']}, at a load of {about['load']:.1f}."


def sections(measured: Mapping[str, Any], costs: Costs, template: Sweep) -> dict[str, str]:
    """What the page has between its marks, by their names."""
    return {
        "origin": origin(measured),
        "operations": operations_table(measured),
        "engines": engines_table(measured),
        "weak scaling": weak_scaling_table(measured),
        "simulation": table(costs, template),
        "advice": advice_table(),
    }


def write_page(page: Path, texts: Mapping[str, str]) -> None:
    """Put `texts` into a page, each between ``<!-- NAME -->`` and ``<!-- end -->``."""
    content = page.read_text("utf-8")
    for name, text in texts.items():
        before, mark, rest = content.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->")
        if not (mark and end):
            sys.exit(f"{page} has no '<!-- {name} -->' with an '<!-- end -->' after it")
        content = f"{before}{mark}{text}\n{end}{after}"
    page.write_text(content, encoding="utf-8")


def draw(costs: Costs, template: Sweep, path: Path) -> None:
    """The shares of the resources over the number of GPUs, each with enough populations."""
    import matplotlib.pyplot as plt

    gpus = [round(10 ** (exponent / 8)) for exponent in range(25)]
    solutions = [solve(costs, replace(template, gpus=one, runs=one * template.members * 10)) for one in gpus]
    with plt.rc_context({"svg.hashsalt": "ganlab", "font.size": 9}):
        figure, axes = plt.subplots(figsize=(7.2, 3.2), layout="constrained")
        for name in solutions[0].used:
            axes.loglog(gpus, [one.used[name] for one in solutions], label=name)
        axes.loglog(gpus, [one.efficiency for one in solutions], "k--", label="efficiency")
        axes.axhline(1, color="0.6", linewidth=0.8)
        axes.set(xlabel="GPUs", ylabel="share that is used", xlim=(1, gpus[-1]), ylim=(1e-4, 10))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
        figure.savefig(path, metadata={"Date": None})


def main() -> int:
    usual = Sweep(gpus=1, runs=1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", type=Path, default=MEASURED, metavar="FILE", help="default: docs/scaling.json")
    parser.add_argument("--engine", default="slurm", help="whose start of a job counts (default: slurm)")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="that a population trains (default: 600)")
    parser.add_argument("--members", type=int, default=usual.members, help="of a population (default: 32)")
    parser.add_argument("--metadata", type=float, default=usual.operations, help="operations a second (default: 5000)")
    parser.add_argument("--starts", type=float, default=usual.starts, help="jobs started a second (default: 500)")
    parser.add_argument("--requests", type=float, default=usual.requests, help="of W&B a second (default: 500)")
    parser.add_argument("--looks", type=float, default=usual.looks, help="of the launcher, a second (default: 200)")
    parser.add_argument(
        "--checkpoints", type=float, default=usual.checkpoints, help="seconds from one to the next (default: 30)"
    )
    parser.add_argument("--figure", type=Path, metavar="FILE", help="draw the shares over the number of GPUs")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the tables into a page")
    options = parser.parse_args()
    measured = json.loads(options.measured.read_text("utf-8"))
    costs = Costs.of(measured, options.engine)
    template = replace(
        usual,
        seconds=options.seconds,
        members=options.members,
        operations=options.metadata,
        starts=options.starts,
        requests=options.requests,
        looks=options.looks,
        checkpoints=options.checkpoints,
    )
    texts = sections(measured, costs, template)
    if options.figure:
        draw(costs, template, options.figure)
    if options.page:
        write_page(options.page, texts)
    if not (options.figure or options.page):
        print("\n\n".join(texts.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
