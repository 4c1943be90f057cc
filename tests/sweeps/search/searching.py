"""Sweeps with a search, and an engine whose runs have results in closed form."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from pathlib import Path

from records import outcome
from rich.console import Console

from ganlab.engines import Outcome
from ganlab.engines.base import Capacity
from ganlab.engines.local import LocalEngine
from ganlab.record import RunDirectory
from ganlab.sweeps.schema import Sweep, load_sweep
from ganlab.sweeps.search.phases import Phases

KEYS = {
    "name": "tuned",
    "data": "gaussian",
    "variants": ["vanilla"],
    "latent_dim": 4,
    "builder": {"name": "mlp", "widths": [8]},
    "evaluation": {"samples": 100},
}
SEARCH = {
    "space": {"optimizer.lr": {"low": 1e-5, "high": 1e-1, "log": True}},
    "trials": 6,
    "tune_seeds": [0, 1],
    "report_seeds": [10, 11, 12],
    "budget": 640,
}

Loss = Callable[[float, int], float | None]


def distance(lr: float, seed: int) -> float:
    """From 1e-3, in decades, a little more for higher seeds."""
    return abs(math.log10(lr) + 3) + 0.01 * seed


class Written(LocalEngine):
    """Writes for each run the result that `loss` gives of its learning rate and seed; None: it diverged.

    Runs whose id begins with one of `faulty` fail.
    """

    def __init__(self, loss: Loss = distance, faulty: tuple[str, ...] = ()) -> None:
        super().__init__(["cpu"])
        self._loss, self.faulty = loss, faulty
        self.done: list[str] = []

    def capacity(self):
        return Capacity(jobs=1, mirrored=True)  # or each launch would start a process

    def run(self, jobs, listener):
        for job in jobs:
            listener.on_start(job)
            fine = [run for run in job.runs if not run.name.startswith(self.faulty or ("-",))]
            for run in fine:
                self._finish(run)
            failed = len(fine) < len(job.runs)
            listener.on_end(job, Outcome(kind="refused", reason="it failed") if failed else Outcome(kind="done"))

    def _finish(self, run: Path) -> None:
        directory = RunDirectory(run)
        spec = directory.spec()
        value = self._loss(spec.spec.generator_optimizer.lr, spec.spec.seed)
        diverged = {"status": "diverged", "diverged_at": 1, "final": {}, "best": {}} if value is None else {}
        seen = spec.spec.samples_seen(spec.spec.steps)
        cost = {"train_seconds": 1.0, "evaluation_seconds": 1.0, "samples_seen": seen}
        with directory.open(spec) as opened:
            opened.finish(outcome(spec, **({"final": {"w1": value}} | diverged), cost=cost))
        self.done.append(run.name)


def sweep_with(changes: dict | None = None, **keys) -> Sweep:
    """A sweep whose search has `changes`, and other `keys`."""
    return load_sweep({**KEYS, "search": {**SEARCH, **(changes or {})}, **keys})


def phases(sweep: Sweep, runs: Path) -> Phases:
    return Phases(sweep, runs, slots=1, compiled=False)


def quiet() -> Console:
    return Console(file=io.StringIO(), width=200)
