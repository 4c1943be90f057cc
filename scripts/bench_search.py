"""What one population of all trials costs against one process a trial, in CPU seconds (user and system).

Both train the same run directories, made by ``ganlab sweep --plan-only``, with ``ganlab work``: all at once, or those
of each trial by a process of its own. Before that, a short search of each size fills the compiler's cache, so that
nothing of what is measured is compiled; evaluation counts.

    python scripts/bench_search.py
    python scripts/bench_search.py --trials 32 --iterations 5000
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from ganlab.record.run_directory import runs_in

BATCH = 64
SEARCH = """\
name: bench
data: gaussian
variants: [vanilla]
batch_size: {batch}
search:
  space: {{optimizer.lr: {{low: 1e-5, high: 1e-2, log: true}}}}
  trials: {trials}
  tune_seeds: 0..1
  report_seeds: 2..3
  budget: {budget}
"""


def ganlab(*arguments: str) -> None:
    """Run a command of ganlab on the CPU, which must succeed, and tell nobody."""
    environment = {**os.environ, "WANDB_MODE": "disabled"}
    command = [sys.executable, "-m", "ganlab", *arguments]
    subprocess.run(command, check=True, capture_output=True, env=environment)


def cpu_seconds_of(commands: list[list[str]]) -> float:
    """User and system time of all processes that some commands of ganlab start, one after the other."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        ganlab("work", "--device", "cpu", *command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def planned(folder: Path, trials: int, iterations: int) -> list[list[str]]:
    """The run directories of each trial of a search that is planned in `folder`."""
    folder.mkdir()
    file = folder / "bench.yaml"
    file.write_text(SEARCH.format(batch=BATCH, trials=trials, budget=BATCH * iterations))
    ganlab("sweep", str(file), "--plan-only", "--runs", str(folder))
    by_trial: dict[str, list[str]] = {}
    for run in runs_in(folder / "bench-trials"):
        by_trial.setdefault(run.spec().spec.label, []).append(str(run.path))
    return list(by_trial.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=16)
    parser.add_argument("--iterations", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warm = planned(folder / "warm", options.trials, 20)
        cpu_seconds_of([warm[0]])
        rest = planned(folder / "warm_all", options.trials, 20)
        cpu_seconds_of([[run for trial in rest for run in trial]])
        together = planned(folder / "together", options.trials, options.iterations)
        alone = planned(folder / "alone", options.trials, options.iterations)
        one = cpu_seconds_of([[run for trial in together for run in trial]])
        many = cpu_seconds_of(alone)
    print(f"{options.trials} trials x 2 seeds x {options.iterations:,} iterations, vanilla on N(0, 1), CPU seconds")
    print(f"one population {one:.1f}, one process a trial {many:.1f}: {many / one:.1f}x")


if __name__ == "__main__":
    main()
