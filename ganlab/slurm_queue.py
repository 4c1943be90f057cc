"""What Slurm says of the tasks of a sweep, beside what stands in the sweep's folder."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ganlab.text import counted, one_line

FOLDER = "slurm"
"""Below a sweep's folder: the scripts of its tasks, their output, and which runs each trains."""

SECONDS_TO_ANSWER = 30
USUAL_ARRAY = 1001
"""Tasks that an array may have where Slurm does not say otherwise: its default of MaxArraySize."""
COLUMNS = {"JobArrayID": 40, "State": 20, "Reason": 60, "NodeList": 60, "RestartCnt": 12, "TimeUsed": 20}
"""What is asked of squeue, and how many characters each takes."""


class NoAnswerError(Exception):
    """Slurm does not say what is in its queue; in words."""


@dataclass(frozen=True, kw_only=True)
class QueuedTask:
    """A task that waits or runs.

    Attributes:
        name: the number of the job, and of the task in an array, such as ``12_3``.
        state: such as ``PENDING`` and ``RUNNING``.
        reason: why it waits, such as ``Resources``.
        nodes: where it runs.
        restarts: how often it was queued again.
        used: how long it has run, as Slurm writes it.
    """

    name: str
    state: str
    reason: str
    nodes: str
    restarts: int
    used: str

    @property
    def status(self) -> str:
        """Its state, and why it waits or where it runs."""
        place = f" on {self.nodes}" if self.nodes else ""
        return self.state + place + (f" ({self.reason})" if self.reason not in ("", "None") else "")

    def __str__(self) -> str:
        again = f", queued again {self.restarts} times" if self.restarts > 1 else ", queued again once"
        return f"Slurm's task {self.name} {self.status}, {self.used}{again if self.restarts else ''}"


def queued_tasks() -> dict[str, QueuedTask]:
    """This user's tasks that wait or run, by name; it asks Slurm once.

    Raises:
        NoAnswerError: Slurm is not here, or does not answer.
    """
    widths = ",".join(f"{name}:{width}" for name, width in COLUMNS.items())
    try:
        answer = subprocess.run(
            ["squeue", "--me", "-h", "-r", "-O", widths],
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS_TO_ANSWER,
        )
    except FileNotFoundError:
        raise NoAnswerError("there is no squeue here; ask on a machine of the cluster") from None
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"squeue does not answer within {SECONDS_TO_ANSWER} s") from None
    if answer.returncode:
        said = answer.stderr.strip().rpartition("\n")[2].removeprefix("squeue: ") or f"exit code {answer.returncode}"
        raise NoAnswerError(f"squeue fails: {one_line(said)}")
    tasks = map(_task, answer.stdout.splitlines())
    return {task.name: task for task in tasks}


def largest_array() -> int:
    """Tasks that an array of this cluster may have; Slurm's default where it does not say."""
    try:
        command = ["scontrol", "show", "config"]
        answer = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=SECONDS_TO_ANSWER).stdout
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return USUAL_ARRAY
    found = re.search(r"^MaxArraySize\s*= (\d+)", answer, re.MULTILINE)
    return max(1, int(found[1])) if found else USUAL_ARRAY


def _task(line: str) -> QueuedTask:
    cells, start = [], 0
    for width in COLUMNS.values():
        cells.append(line[start : start + width].strip())
        start += width
    name, state, reason, nodes, times, used = cells
    restarts = int(times) if times.isdecimal() else 0
    return QueuedTask(
        name=name,
        state=state,
        reason=reason,
        nodes=nodes,
        restarts=restarts,
        used=used,
    )


def runs_of_tasks(sweep: Path) -> dict[str, list[str]]:
    """The ids of the runs that each task of a sweep trains, by the task's name.

    Raises:
        NoAnswerError: what was noted of a task is damaged.
    """
    found = {}
    for path in sorted((sweep / FOLDER).glob("*.json")):
        try:
            found[path.stem] = [Path(run).name for run in json.loads(path.read_bytes())["runs"]]
        except (ValueError, LookupError, TypeError):
            raise NoAnswerError(f"{path} does not say which runs a task trains") from None
    return found


@dataclass(frozen=True, kw_only=True)
class SweepInQueue:
    """Which tasks of a sweep Slurm has in its queue.

    Attributes:
        tasks: with the ids of the runs that each trains.
        fault: why that is not known; "" if it is.
    """

    tasks: Sequence[tuple[QueuedTask, list[str]]] = ()
    fault: str = ""

    def by_run(self) -> Mapping[str, str]:
        """The task of each run, in words."""
        return {run: str(task) for task, runs in self.tasks for run in runs}

    def lines(self, without: Collection[str]) -> Iterator[str]:
        """In words, the tasks that train none of the runs `without`, those alike in one line."""
        if self.fault:
            yield f"  Slurm: {self.fault}"
        left = [(task, runs) for task, runs in self.tasks if not {*runs} & {*without}]
        for status, alike in groupby(sorted(left, key=lambda one: one[0].status), key=lambda one: one[0].status):
            group = list(alike)
            names = [task.name for task, _ in group]
            count, again = sum(len(runs) for _, runs in group), sum(task.restarts > 0 for task, _ in group)
            yield (
                f"  Slurm: {counted(len(group), 'task')} of {counted(count, 'run')} "
                f"{status}: {', '.join(names[:3])}{', ...' if len(names) > 3 else ''}"
                f"{f'; {again} queued again' if again else ''}"
            )


def sweep_in_queue(sweep: Path, done: Collection[str]) -> SweepInQueue:
    """The tasks of a sweep that are in Slurm's queue. It is not asked if the sweep has no task with a run to be done.

    Args:
        sweep: its folder.
        done: the ids of runs that have ended.
    """
    try:
        left = {name: runs for name, runs in runs_of_tasks(sweep).items() if not {*runs} <= {*done}}
        queued = queued_tasks() if left else {}
    except NoAnswerError as error:
        return SweepInQueue(fault=str(error))
    return SweepInQueue(tasks=[(queued[name], runs) for name, runs in left.items() if name in queued])
