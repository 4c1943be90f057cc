"""Plays the trainer's part, which fills run directories, and the mirror's, which follows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import wandb
from records import outcome, spec_file

from ganlab.record import json_sha256, write_json
from ganlab.record.run_directory import RunDirectory
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker


class Recorder:
    """Writes one run of the sweep in the folder `sweep`."""

    def __init__(self, sweep: Path, seed: int = 0, run_id: str | None = None) -> None:
        self.spec = spec_file(
            id=run_id or f"gaussian-lsgan-{seed}", sweep=sweep.name, label="lsgan, lr=1e-4", seed=seed
        )
        self.run = RunDirectory(sweep / f"seed-{seed}").open(self.spec)

    @property
    def path(self) -> Path:
        return self.run.path

    def train(self, start: int, stop: int, every: int = 100) -> Recorder:
        """Log a row at each 100th step from `start` on, before `stop`; save samples at each `every`-th."""
        for step in range(start, stop, 100):
            if step % every == 0:
                self.save_samples(step)
            self.run.log({"global_step": step, "w1": w1(step), "gap": None})
        self.run.flush()
        return self

    def save_samples(self, step: int) -> None:
        density = {"edges": np.linspace(-1, 1, 9), "counts": np.arange(8), "density": np.full(8, 0.5)}
        self.run.save_samples(step, picture="density", **density)

    def finish(self, status: str = "finished", diverged_at: int | None = None) -> Recorder:
        final = {} if diverged_at else {"w1": 0.125}
        self.run.finish(outcome(self.spec, status=status, diverged_at=diverged_at, final=final))
        self.run.close()
        return self


def rewrite_summary(run: RunDirectory, summary: dict[str, Any]) -> None:
    """Make `summary` the run's, with the checksum that it has then."""
    whole = {key: value for key, value in summary.items() if key != "sha256"}
    write_json(run.path / "summary.json", {**whole, "sha256": json_sha256(whole)})


def w1(step: int) -> float:
    return 1 / (step + 1)


def mirror(*recorders: Recorder) -> list[str]:
    """Send the runs as they are, in a session of their own, and give its report."""
    return mirror_directories(*(recorder.run for recorder in recorders))


def mirror_directories(*directories: RunDirectory) -> list[str]:
    """The client writes the end of its files only when it is torn down, as at the end of a process."""
    session = WandbSession()
    runs = [MirroredRun(directory, WandbTracker(session)) for directory in directories]
    for run in runs:
        run.update()
    for run in runs:
        run.finish()
        assert run.fault is None
    wandb.teardown()
    return session.report()
