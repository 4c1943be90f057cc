"""Seconds and memory of the commands on sweeps of many runs; exit 1 where a goal is missed.

Two rows of one seed are trained (seconds), with 100 rows of metrics and 10 pictures each as runs have by default. They
are then copied under other seeds, so that every hash is that of its content: each copy has values of its own, and every
file of a finished run but the checkpoint. Each command runs in a process of its own:

    python scripts/bench_scale.py --runs 2000 10000

Seconds are of the processor, user and system, of the command: a machine that is shared changes these least. Memory is
the largest resident set of the command, from Linux' /proc; of the commands that import torch, less what that import
takes by itself, which with CUDA is over half a gigabyte. A command is linear if its seconds grow by at most `STEEPEST`
times as much as the number of runs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ganlab.engines.base import Listener
from ganlab.engines.local import LocalEngine
from ganlab.record import Outcome, RunDirectory, SpecFile, Summary
from ganlab.record.files import to_json
from ganlab.record.rows import Row
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep

LABELS = ("vanilla", "lsgan")
SWEEP = """
name: scale
data: {{name: gaussian}}
variants: [{rows}]
seeds: 0..{last}
steps: 100
batch_size: 8
latent_dim: 2
builder: {{name: mlp, widths: [4]}}
evaluation: {{every: 10, samples: 500}}
"""
SPREAD = 0.1
"""Relative, of the values of the copies."""

MEMORY_MB = 400
POLL = 0.05
"""Seconds between two looks at a command's memory."""
STEEPEST = 1.25


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command of `ganlab`, and the seconds that it may take for 10,000 runs."""

    name: str
    arguments: list[str]
    seconds: float
    imports_torch: bool = False


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one run of a command took."""

    wall: float
    cpu: float
    megabytes: float


def commands(place: Path) -> list[Command]:
    """The commands on the sweep in `place`, those that read what others write after them."""
    file, done = str(place / "scale.yaml"), str(place / "runs" / "scale")
    archive = str(place / "archive.zip")
    return [
        Command(
            name="planning", arguments=["sweep", file, "--dry-run", "--runs", str(place / "none")], seconds=5,
            imports_torch=True,
        ),
        Command(
            name="resuming", arguments=["sweep", file, "--dry-run", "--runs", str(place / "runs")], seconds=10,
            imports_torch=True,
        ),
        Command(name="table", arguments=["table", done], seconds=10),
        Command(name="table, json", arguments=["table", done, "--format", "json"], seconds=10),
        Command(name="figure", arguments=["figure", done, "-o", str(place / "curves.pdf")], seconds=30),
        Command(
            name="figure, strips", arguments=["figure", done, "-o", str(place / "strips.pdf"), "--kind", "strips"],
            seconds=30,
        ),
        Command(name="report", arguments=["report", done, "-o", str(place / "report.html")], seconds=30),
        Command(name="cite", arguments=["cite", done], seconds=30),
        Command(name="cite, archive", arguments=["cite", done, "-o", archive], seconds=60),
        Command(name="verify", arguments=["verify", archive], seconds=30),
        Command(name="table, archive", arguments=["table", archive], seconds=10),
    ]  # fmt: skip


def train(place: Path) -> list[Path]:
    """The folders of one finished run of each row."""
    file = place / "trained.yaml"
    file.write_text(SWEEP.format(rows=", ".join(LABELS), last=0))
    plan = make_plan(load_sweep(file), place / "trained", slots=1, compiled=False)
    write_plan(plan)
    faults: list[str] = []
    listener = Listener(on_end=lambda job, outcome: faults.append(outcome.fault))
    LocalEngine(["cpu"]).run(plan.jobs, listener)
    assert not any(faults), faults
    return [run.folder for run in plan.runs]


def copy(origins: list[Path], place: Path, count: int) -> None:
    """Write a sweep of `count` finished runs, and the file that it is of."""
    seeds = count // len(origins)
    file, folder = place / "scale.yaml", place / "runs" / "scale"
    file.write_text(SWEEP.format(rows=", ".join(LABELS), last=seeds - 1))
    folder.mkdir(parents=True)
    ids = []
    for origin in map(RunDirectory, origins):
        spec, summary, rows = origin.spec().spec, origin.summary(), origin.metrics()
        assert summary is not None
        outcome = {name: value for name, value in summary.record().items() if name in Outcome.model_fields}
        for seed in range(seeds):
            spec_file = SpecFile.of(spec.model_copy(update={"seed": seed}), "scale")
            ids.append(spec_file.id)
            factor = 1 + SPREAD * float(np.random.default_rng(seed).standard_normal())
            write(folder / spec_file.id, spec_file, [scaled(row, factor) for row in rows], outcome, factor)
            for sample in origin.samples().values():
                os.link(sample, folder / spec_file.id / "samples" / sample.name)
    (folder / "sweep.json").write_text(to_json({"signature": "", "runs": ids}))


def scaled(row: Row, factor: float) -> Row:
    """`row` with metrics `factor` times as large."""
    return {
        name: value * factor if name.startswith("eval/") and value is not None else value for name, value in row.items()
    }


def write(folder: Path, spec_file: SpecFile, rows: list[Row], outcome: dict[str, Any], factor: float) -> None:
    """Write a finished run whose results are `factor` times those of `outcome`; nothing is synced to the disk."""
    (folder / "samples").mkdir(parents=True)
    metrics = "".join(to_json(row) + "\n" for row in rows)
    texts = {
        "spec.json": to_json(spec_file.record(), indent=2),
        "metrics.jsonl": metrics,
        "environments.json": to_json({"environments": outcome["environments"]}, indent=2),
        "summary.json": to_json(
            Summary.of(
                Outcome(
                    **{
                        **outcome,
                        "final": {name: value and value * factor for name, value in outcome["final"].items()},
                        "best": best_of(rows, outcome),
                        "spec_sha256": spec_file.spec.sha256,
                    }
                ),
                hashlib.sha256(metrics.encode()).hexdigest(),
            ).record(),
            indent=2,
        ),
    }
    for name, text in texts.items():
        (folder / name).write_text(text)


def best_of(rows: list[Row], outcome: dict[str, Any]) -> dict[str, Any]:
    """The best value of each metric and its step, of metrics that all are better the lower they are."""
    best = {}
    for name in outcome["best"]:
        assert outcome["protocol"]["metrics"][name]["better"] == "lower"
        measured = [row for row in rows if row.get(f"eval/{name}") is not None]
        row = min(measured, key=lambda row: row[f"eval/{name}"])
        best[name] = {"value": row[f"eval/{name}"], "global_step": row["global_step"]}
    return best


def measure(arguments: list[str]) -> Measured:
    """Run Python with `arguments`, and say what it took.

    Raises:
        SystemExit: it failed.
    """
    start, peak = time.perf_counter(), 0.0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([sys.executable, *arguments], stdout=said, stderr=subprocess.STDOUT)
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            peak = max(peak, resident_peak(process.pid))
            time.sleep(POLL)
        _, status, usage = ended
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(arguments)}\n{said.read()[-2000:].decode(errors='replace')}")
    return Measured(wall=time.perf_counter() - start, cpu=usage.ru_utime + usage.ru_stime, megabytes=peak)


def resident_peak(pid: int) -> float:
    """Megabytes of the largest resident set of a process so far; what `wait4` gives begins with its parent's."""
    lines = (Path("/proc") / str(pid) / "status").read_text().splitlines()
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM:")), 0.0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[2000, 10_000], metavar="N")
    parser.add_argument("--commands", nargs="+", metavar="WORD", help="only commands whose names begin so")
    options = parser.parse_args()
    counts = sorted(options.runs)
    torch = measure(["-c", "import torch"]).megabytes
    print(f"torch by itself: {torch:.0f} MB")
    seconds: dict[str, list[float]] = {}
    missed = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as scratch:
        origins = train(Path(scratch))
        for count in counts:
            place = Path(scratch) / str(count)
            place.mkdir()
            copy(origins, place, count)
            for command in commands(place):
                if options.commands and not command.name.startswith(tuple(options.commands)):
                    continue
                took = measure(["-m", "ganlab", *command.arguments])
                own = took.megabytes - (torch if command.imports_torch else 0)
                print(
                    f"{count:>6} runs  {command.name:<15} {took.cpu:7.1f} s of processor  {took.wall:7.1f} s  "
                    f"{took.megabytes:6.0f} MB  {own:6.0f} MB of its own",
                    flush=True,
                )
                seconds.setdefault(command.name, []).append(took.cpu)
                if took.cpu > command.seconds:
                    missed.append(f"{command.name} of {count} runs took more than {command.seconds:g} s")
                if own > MEMORY_MB:
                    missed.append(f"{command.name} of {count} runs took more than {MEMORY_MB} MB")
    for name, taken in seconds.items():
        for (fewer, less), (more, longer) in pairwise(zip(counts, taken, strict=True)):
            if longer / less > STEEPEST * more / fewer:
                missed.append(f"{name} is not linear: {longer / less:.1f} times as long for {more / fewer:g} times")
    for one in missed:
        print(f"MISSED {one}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
