"""Tasks of Ray on machines that do not see the run directories: each trains copies, whose changes are sent back."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from typing import Any

from ganlab.engines.job import Job, Outcome
from ganlab.record.copies import Copies, Originals
from ganlab.record.lease import HeldError, Watcher, hold

FOLDERS = "ganlab-copies-"
"""How the names of the folders of copies begin, below the temporary folder of a node (TMPDIR)."""
CALLS_AT_ONCE = 16


@contextmanager
def originals_here(ray: Any) -> Iterator[Any]:
    """An actor of this machine that gives the files of run directories to tasks, and takes their changes."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    options = {"num_cpus": 0, "max_concurrency": CALLS_AT_ONCE, "scheduling_strategy": here}
    actor = ray.remote(**options)(Originals).remote()
    try:
        yield actor
    finally:
        ray.kill(actor)


def work_on_copies(job: Job, originals: Any, environment: Mapping[str, str]) -> Outcome:
    """Do `job` on copies of its runs, in a process that Ray has started for it, in the launcher's environment.

    Args:
        job: its runs are directories of the launcher's machine.
        originals: what `originals_here` gives.
        environment: variables of the launcher.
    """
    import ray

    os.environ.update(environment)
    from ganlab.engines.process import work_in_own_process

    def call(method: str, *arguments: Any) -> Any:
        try:
            return ray.get(getattr(originals, method).remote(*arguments))
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None

    host = socket.gethostname()
    try:
        with _own_folder() as folder:
            copies = Copies(folder / job.sweep.name, job.runs, call, {"host": host, "pid": os.getpid()})
            try:
                with copies.sent_regularly() as check:
                    there = replace(job, runs=copies.runs)
                    outcome = work_in_own_process(there, on_progress=lambda progress: check())
            finally:
                copies.send()
    except HeldError as error:
        return Outcome(kind="held", reason=str(error))
    place = f"on {host}, where a job sees no file of the launcher's: " if outcome.kind == "refused" else ""
    return replace(
        outcome,
        reason=place + copies.in_words_of_originals(outcome.reason),
        messages=tuple(map(copies.in_words_of_originals, outcome.messages)),
    )


@contextmanager
def _own_folder() -> Iterator[Path]:
    """A temporary folder of this task, in which it works; those that killed tasks of this machine left are removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        if any(left.glob("*.lease")) and not Watcher().holders(left):
            rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=FOLDERS) as name, hold([Path(name)]), chdir(name):
        yield Path(name)
