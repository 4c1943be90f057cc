"""A task of Slurm that does one job, and where it stands in the queue.

One that Slurm preempts, or warns of its time limit, stops at a checkpoint, is queued again, and goes on from there.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ganlab.engines.job import Job, Outcome
from ganlab.errors import InputError
from ganlab.exit_codes import STOPPED
from ganlab.record.files import write_whole
from ganlab.slurm_queue import NoAnswerError, queued_tasks

JOB = TypeAdapter(Job)
"""Notes are JSON: a folder may be anyone's, and to read submitit's own pickles runs what they say."""


def do(job: Job) -> Outcome:
    """Do `job` in a task of Slurm; one that is stopped is queued again, and has no outcome yet."""
    from ganlab.engines.process import work_in_own_process

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


def remember(task: Any, job: Job) -> None:
    """Note beside the script of `task` which job it does, for a later launch."""
    write_whole(task.paths.folder / f"{task.job_id}.json", JOB.dump_json(job))


def submitted_before(folder: Path) -> dict[Any, Job]:
    """The tasks of an earlier launch that are still in the queue, and their jobs.

    Raises:
        InputError: Slurm does not say what is in the queue.
    """
    from submitit import SlurmJob

    notes = {path.stem: path for path in folder.glob("*.json")}
    try:
        queued = queued_tasks()
    except NoAnswerError as error:
        raise InputError(f"Slurm does not say what is queued: {error}; launch the sweep again once it does") from None
    return {SlurmJob(folder, name): JOB.validate_json(notes[name].read_bytes()) for name in notes.keys() & queued}


def in_queue(tasks: Iterable[Any]) -> set[Any]:
    """Those of `tasks` that wait or run; all of them where Slurm does not answer."""
    try:
        queued = queued_tasks()
    except NoAnswerError:
        return {*tasks}
    return {task for task in tasks if task.job_id in queued}
