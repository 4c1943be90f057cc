"""Ray as an engine: one task a job, on the machines of a cluster."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from ganlab.engines.base import Capacity, EngineSource, Listener, StoppedError, register
from ganlab.engines.job import Job, Outcome
from ganlab.engines.queue import Queue
from ganlab.engines.ray_connection import RayOptions, connected_ray, share_of_cluster
from ganlab.engines.ray_sync import originals_here, work_on_copies
from ganlab.record.stop import is_asked_to_end

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_TO_STOP = 30.0
PASSED_ON = ("GANLAB_", "OMP_", "WANDB_MODE")
"""How the names of environment variables begin that jobs have as the launcher has them."""


class RayEngine:
    """Runs jobs as tasks of Ray, which has the queue, and starts those again whose machine died.

    Args:
        options: of the user.
        device: what the sweep asks for.

    Raises:
        InputError: ray is not installed, there is no cluster at the address, or a job takes more than it has.
    """

    def __init__(self, options: RayOptions, device: str) -> None:
        self._ray = connected_ray(options.address)
        self._share = share_of_cluster(self._ray, options, device)
        self._sync = options.sync
        self._originals: Any = None
        self._task = self._ray.remote(
            max_calls=1, max_retries=options.retries, num_cpus=options.cpus, num_gpus=self._share.gpus
        )(work_on_copies if self._sync else work_on_node)

    def capacity(self) -> Capacity:
        """As many jobs as the CPUs and GPUs of the cluster are enough for."""
        return Capacity(jobs=self._share.jobs)

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Run all `jobs`.

        Raises:
            StoppedError: Ctrl-C was pressed, another signal came, or the sweep was asked to end; every job is then at a
                checkpoint.
        """
        with originals_here(self._ray) if self._sync else nullcontext() as self._originals:
            self._run(jobs, listener)

    def _run(self, jobs: Sequence[Job], listener: Listener) -> None:
        queue, running = Queue(jobs), dict[Any, Job]()
        try:
            while queue or running:
                if is_asked_to_end(jobs[0].sweep):
                    raise StoppedError
                while job := queue.take():
                    listener.on_start(job)
                    running[self._submit(job)] = job
                for ref in self._ended(running, SECONDS_BETWEEN_LOOKS):
                    outcome = self._outcome(ref)
                    self._let_go(running[ref])
                    queue.end(running.pop(ref), outcome, listener)
        except KeyboardInterrupt as asked:
            self._stop(running, listener)
            raise StoppedError(*asked.args) from None

    def _submit(self, job: Job) -> Any:
        there = replace(job, runs=_absolute(job), device=self._share.device)
        passed_on = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
        return self._task.remote(there, self._originals if self._sync else str(Path.cwd()), passed_on)

    def _let_go(self, job: Job) -> None:
        """Release the runs of a task that trained copies, however it ended."""
        if self._sync:
            with suppress(self._ray.exceptions.RayActorError):  # with whose process its leases are gone
                self._ray.get(self._originals.release.remote(_absolute(job)))

    def _ended(self, running: Mapping[Any, Job], seconds: float) -> list[Any]:
        if not running:
            time.sleep(seconds)  # until another launcher lets go of the runs that are left
            return []
        ended: list[Any] = self._ray.wait(list(running), num_returns=len(running), timeout=seconds)[0]
        return ended

    def _outcome(self, ref: Any) -> Outcome:
        try:
            outcome: Outcome = self._ray.get(ref)
        except self._ray.exceptions.RayError as error:
            return Outcome(kind="died", reason=f"Ray gave it up: {error}")
        return outcome

    def _stop(self, running: Mapping[Any, Job], listener: Listener) -> None:
        """Interrupt the jobs, which stops them at a checkpoint, and end those that do not stop."""
        for ref in running:
            self._ray.cancel(ref)
        ended = self._ended(running, SECONDS_TO_STOP) if running else []
        for ref, job in running.items():
            if ref not in ended:
                self._ray.cancel(ref, force=True)
            self._let_go(job)
            listener.on_end(job, Outcome(kind="ended"))


def work_on_node(job: Job, folder: str, environment: Mapping[str, str]) -> Outcome:
    """Do `job` in a process that Ray has started for it, in the launcher's folder and environment."""
    os.environ.update(environment)
    os.chdir(folder)
    from ganlab.engines.process import work_in_own_process

    return work_in_own_process(job)


def _absolute(job: Job) -> tuple[Path, ...]:
    return tuple(folder.absolute() for folder in job.runs)


SUMMARY = "tasks on the machines of a Ray cluster"
register(EngineSource(name="ray", summary=SUMMARY, paper="arXiv:1712.05889", options=RayOptions, make=RayEngine))
