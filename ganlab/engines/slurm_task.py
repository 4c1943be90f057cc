"""A task of Slurm that does one job, and where it stands in the queue.

One that Slurm preempts, or warns of its time limit, stops at a checkpoint, is queued again, and goes on from there.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ganlab.engines.job import Job, Outcome
from ganlab.engines.process import work_in_own_process
from ganlab.exit_codes import STOPPED


def do(job: Job) -> Outcome:
    """Do `job` in a task of Slurm; one that is stopped is queued again, and has no outcome yet."""
    outcome = work_in_own_process(job, when_stopped=_queue_again)
    if outcome.kind == "stopped":
        os._exit(STOPPED)
    return outcome


def _queue_again() -> None:
    """Have Slurm queue this task again, unless it was cancelled, or preempted, after which Slurm does by itself."""
    task = os.environ["SLURM_JOB_ID"]
    state = subprocess.run(["squeue", "-h", "-j", task, "-o", "%T"], capture_output=True, encoding="utf-8").stdout
    if state.strip() == "RUNNING":
        subprocess.run(["scontrol", "requeue", task])


def submitted_before(folder: Path) -> dict[Any, Job]:
    """The tasks of an earlier launch that are still in the queue, and their jobs."""
    from submitit import SlurmJob
    from submitit.core.utils import DelayedSubmission

    pickles = {path.name.removesuffix("_submitted.pkl"): path for path in folder.glob("*_submitted.pkl")}
    tasks: list[Any] = [SlurmJob(folder, name) for name in pickles]
    return {task: DelayedSubmission.load(pickles[task.job_id]).args[0] for task in in_queue(tasks)}


def in_queue(tasks: Iterable[Any]) -> set[Any]:
    """Those of `tasks` that wait or run; all of them where Slurm does not answer."""
    answer = subprocess.run(["squeue", "--me", "-h", "-r", "-o", "%i"], capture_output=True, encoding="utf-8")
    queued = answer.stdout.split()
    return {task for task in tasks if answer.returncode or task.job_id in queued}
