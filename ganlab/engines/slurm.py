"""Slurm as an engine: job arrays, one population a task, submitted by submitit.

The launcher may be closed: launched again, it finds its tasks in the queue.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from ganlab.engines.base import Capacity, EngineSource, Listener, StoppedError, register
from ganlab.engines.job import Job, Outcome
from ganlab.engines.queue import Queue
from ganlab.engines.slurm_task import do, in_queue, remember, submitted_before
from ganlab.errors import InputError
from ganlab.extras import needed_for
from ganlab.options import Options
from ganlab.record.stop import is_asked_to_end
from ganlab.slurm_queue import FOLDER, largest_array
from ganlab.text import one_line

SECONDS_BETWEEN_LOOKS = 2.0


class SlurmOptions(Options):
    """The engine's options.

    Attributes:
        time: the limit of a task in minutes; it goes on in a further one.
        array_parallelism: tasks at once.
        sbatch: further options of sbatch, such as ``{constraint: a100, cpus-per-task: 4}``.
    """

    partition: str | None = None
    account: str | None = None
    gres: str | None = None
    time: int = 240
    array_parallelism: int = 8
    sbatch: Mapping[str, Any] = {}


class SlurmEngine:
    """Runs jobs as tasks of Slurm.

    Raises:
        InputError: submitit or Slurm is not installed.
    """

    def __init__(self, options: SlurmOptions, device: str) -> None:
        with needed_for("the engine 'slurm'"):
            import submitit
        if submitit.SlurmExecutor.affinity() < 0:
            raise InputError("the engine 'slurm' finds no srun here; launch the sweep on a machine of the cluster")
        self._options = options
        self._tasks: dict[Any, Job] = {}
        self._gone: set[Any] = set()
        self._largest = 0
        self._array_is_full = False

    def capacity(self) -> Capacity:
        """As many jobs as tasks run at once."""
        return Capacity(jobs=self._options.array_parallelism)

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Run all `jobs`.

        Raises:
            StoppedError: the sweep was asked to end; every job is then at a checkpoint.
            KeyboardInterrupt: the launcher was stopped; tasks go on in the queue.
            InputError: Slurm refuses the tasks, or does not answer.
        """
        if not jobs:
            return
        sweep = jobs[0].sweep.resolve()
        for task, job in submitted_before(sweep / FOLDER).items():
            self._begin(task, job, listener)
        taken = {folder for job in self._tasks.values() for folder in job.runs}
        left = [job for job in map(_absolute, jobs) if not taken & {*job.runs}]
        self._largest = _whole_rounds(largest_array(), self._options.array_parallelism)
        self._array_is_full = len(left) + len(self._tasks) > self._largest
        queue = Queue(left)
        while queue or self._tasks:
            if not is_asked_to_end(sweep):
                self._submit(queue, sweep / FOLDER, listener)
            elif not self._tasks:
                raise StoppedError
            for task, outcome in self._ended():
                queue.end(self._tasks.pop(task), outcome, listener)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _begin(self, task: Any, job: Job, listener: Listener) -> None:
        self._tasks[task] = job
        listener.on_start(job)

    def _submit(self, queue: Queue, folder: Path, listener: Listener) -> None:
        """Submit all jobs that nobody works on as one array; beyond what an array may have, they follow after its end.

        Two arrays at once would run more tasks than `array_parallelism` allows.
        """
        import submitit

        if self._array_is_full and self._tasks:
            return
        free = list(islice(iter(queue.take, None), self._largest))
        self._array_is_full = len(free) == self._largest
        if not free:
            return
        given = self._options.model_dump(exclude={"sbatch"}, exclude_none=True)
        executor = submitit.SlurmExecutor(folder)
        executor.update_parameters(**given, job_name="ganlab", additional_parameters=dict(self._options.sbatch))
        try:
            with executor.batch():
                tasks = [executor.submit(do, job) for job in free]
        except (submitit.core.utils.FailedJobError, subprocess.CalledProcessError) as error:
            reasons = [line.removeprefix("sbatch: error: ") for line in str(error).strip().splitlines()]
            raise InputError(one_line(f"Slurm refuses the jobs: {'; '.join(reasons)}")) from None
        for task, job in zip(tasks, free, strict=True):
            remember(task, job)
            self._begin(task, job, listener)

    def _ended(self) -> list[tuple[Any, Outcome]]:
        """The tasks that have left the queue with a result, or that have none though they had left it before."""
        gone, ended = set(self._tasks) - in_queue(self._tasks), []
        for task in gone:
            if task.paths.result_pickle.exists():
                fault = task.exception()
                ended.append((task, Outcome(kind="died", reason=str(fault)) if fault else task.result()))
            elif task in self._gone:
                reason = f"Slurm has ended its task {task.job_id}, whose last words are in {task.paths.stderr}"
                ended.append((task, Outcome(kind="died", reason=reason)))
        self._gone = gone
        return ended


def _whole_rounds(largest: int, at_once: int) -> int:
    """Tasks of an array that is followed by another one: as many as keep all places busy to its end."""
    return largest // at_once * at_once or largest


def _absolute(job: Job) -> Job:
    return replace(job, runs=tuple(folder.resolve() for folder in job.runs))


register(EngineSource(name="slurm", summary="tasks of Slurm, one a population", options=SlurmOptions, make=SlurmEngine))
