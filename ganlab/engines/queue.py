"""The jobs that are left, of which several launchers take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ganlab.engines.base import Listener
from ganlab.engines.job import Job, Outcome, split
from ganlab.record import RunDirectory
from ganlab.record.lease import Watcher


class Queue:
    """Jobs in their order, but for those whose runs another launcher holds, which wait."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = list(jobs)
        self._watcher = Watcher()

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def take(self) -> Job | None:
        """The next job whose runs nobody holds, without those that were done meanwhile; None if there is none now."""
        for job in self._jobs:
            if not any(self._watcher.holders(folder) for folder in job.runs):
                self._jobs.remove(job)
                left = tuple(folder for folder in job.runs if not RunDirectory(folder).is_done())
                return replace(job, runs=left) if 0 < len(left) < len(job.runs) else job
        return None

    def add(self, job: Job) -> None:
        """Have `job` be done after all others."""
        self._jobs.append(job)

    def end(self, job: Job, outcome: Outcome, listener: Listener) -> None:
        """See to what is to be done after a job: to it again, for want of memory to its parts, or nothing."""
        if outcome.kind == "held":
            self.add(job)
            listener.on_wait(job, outcome.reason)
        elif outcome.kind == "did not fit":
            parts = split(job, outcome.size)
            for part in parts:
                self.add(part)
            listener.on_split(job, parts, outcome.reason)
        else:
            listener.on_end(job, outcome)
