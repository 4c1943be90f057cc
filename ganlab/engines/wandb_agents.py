"""W&B's agents as an engine: each trial of a W&B sweep trains one population, on whatever machine its agent runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from ganlab.engines.base import Capacity, EngineSource, Listener, StoppedError, register
from ganlab.engines.job import Job, Outcome
from ganlab.engines.wandb_jobs import write_jobs
from ganlab.options import Options
from ganlab.record import RunDirectory
from ganlab.record.lease import Watcher
from ganlab.record.progress import read_progress, remove_progress
from ganlab.record.stop import ask_to_end, is_asked_to_end, let_go_on
from ganlab.tracking.wandb_sweep import register_sweep, require_online

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_TO_STOP = 30.0
SECONDS_UNHELD = 20.0
"""After which nobody is taken to work on a job; between its parts, it is nobody's for a moment."""
LEFT = "no agent works on it any more; start one again, or run the same command again if that gets no work"


class WandbOptions(Options):
    """The engine's options.

    Attributes:
        workers: agents that are to share the work; there are at least as many populations, if there are runs enough.
    """

    workers: Annotated[int, Field(ge=1)] = 1


class WandbAgents:
    """Registers jobs as a W&B sweep, and waits for the agents that users start.

    Raises:
        InputError: W&B is disabled or offline, or cannot be reached.
    """

    def __init__(self, options: WandbOptions, device: str) -> None:
        self._project = require_online()
        self._workers = options.workers

    def capacity(self) -> Capacity:
        """As many jobs as there are to be agents, whose trials mirror what they train."""
        return Capacity(jobs=self._workers, mirrored=True)

    def register(self, jobs: Sequence[Job]) -> list[str]:
        """Register `jobs`, of which there is one at least, for agents to do; gives lines on where and how.

        Raises:
            InputError: W&B does not take the sweep.
        """
        let_go_on(jobs[0].sweep)
        file = write_jobs(jobs, self._project)
        command = [sys.executable, "-m", "ganlab", "wandb", "trial", str(file)]
        names = [job.runs[0].name for job in jobs]
        path, said = register_sweep(jobs[0].sweep.name, self._project, names, command)
        how = f"populations left: {len(jobs)}; start any number of agents, on machines that can read {file}, with:"
        return [*said, how, f"wandb agent --forward-signals {path}"]

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Register `jobs`, and wait until agents have done all of them.

        Raises:
            InputError: W&B does not take the sweep.
            StoppedError: Ctrl-C was pressed, another signal came, or the sweep was asked to end; every job is then at a
                checkpoint.
        """
        if not jobs:
            return
        watch = _Watch(jobs, listener)
        try:
            for line in self.register(jobs):
                listener.on_note(line)
            while watch.look():
                if is_asked_to_end(jobs[0].sweep):
                    raise StoppedError
                time.sleep(SECONDS_BETWEEN_LOOKS)
        except KeyboardInterrupt as asked:
            ask_to_end(jobs[0].sweep)
            watch.wait_for_the_end(SECONDS_TO_STOP)
            raise StoppedError(*asked.args) from None


class _Watch:
    """Sees from run directories which jobs are being done, and tells the listener."""

    def __init__(self, jobs: Sequence[Job], listener: Listener) -> None:
        self._left = {job: list(job.runs) for job in jobs}
        self._held_at: dict[Job, float] = {}
        self._listener = listener
        self._watcher = Watcher()
        for folder in filter(_failure, (folder for job in jobs for folder in job.runs)):
            remove_progress(folder)

    def look(self) -> bool:
        """Tell what has changed; gives whether any job is left."""
        for job, runs in list(self._left.items()):
            while runs and RunDirectory(runs[0]).is_done():
                runs.pop(0)
            if runs and self._watcher.holders(runs[0]):
                self._begin(job)
            elif not runs:
                self._end(job, Outcome(kind="done"))
            elif reason := _failure(runs[0]):
                self._end(job, Outcome(kind="refused", reason=reason))
            elif job in self._held_at and time.monotonic() - self._held_at[job] > SECONDS_UNHELD:
                del self._held_at[job]
                self._listener.on_wait(job, LEFT)
        return bool(self._left)

    def wait_for_the_end(self, seconds: float) -> None:
        """Wait until nobody works on the jobs, but not for longer than some `seconds`."""
        deadline = time.monotonic() + seconds
        while self._is_held() and time.monotonic() < deadline:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        for job in list(self._held_at):
            self._end(job, Outcome(kind="ended"))

    def _is_held(self) -> bool:
        return any(self._watcher.holders(folder) for runs in self._left.values() for folder in runs[:1])

    def _begin(self, job: Job) -> None:
        if job not in self._held_at:
            self._listener.on_start(job)
        self._held_at[job] = time.monotonic()

    def _end(self, job: Job, outcome: Outcome) -> None:
        self._begin(job)
        del self._held_at[job], self._left[job]
        self._listener.on_end(job, outcome)


def _failure(run: Path) -> str:
    """Why the job of `run` failed; "" if it did not."""
    progress = read_progress(run)
    return progress.reason if progress and progress.phase == "failed" else ""


SUMMARY = "trials of a W&B sweep, for any number of wandb agents"
register(EngineSource(name="wandb", summary=SUMMARY, options=WandbOptions, make=WandbAgents))
