"""A job: what one process trains, named by the directories of its runs, which hold all that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ganlab.exit_codes import DONE, INTERRUPTED, REFUSED, STOPPED

MOST_IN_A_TITLE = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """Runs that are trained as one population, as far as they can be.

    Attributes:
        title: the labels of its rows, in words.
        runs: their directories.
        start: the iteration that it continues from; steps: that of its end.
        cost: how many updates, of all members and players, are left.
        compiled: whether the updates are compiled.
        device: where to train, as sweeps name it; it is looked for where the job runs.
        did_not_fit: the sizes of populations that its runs were tried in before and that had no memory.
        devices_per_run: how many devices of one machine train each population, with a process each; where torchrun
            starts the processes, it says how many.
    """

    title: str
    runs: tuple[Path, ...]
    start: int = 0
    steps: int = 0
    cost: int = 0
    compiled: bool = True
    device: str = "auto"
    did_not_fit: tuple[int, ...] = ()
    devices_per_run: int = 1

    @property
    def sweep(self) -> Path:
        """The folder of its sweep."""
        return self.runs[0].parent


def split(job: Job, size: int) -> list[Job]:
    """The two halves of `job`, for which there was no memory as a population of `size`."""
    middle = (len(job.runs) + 1) // 2
    parts = [job.runs[:middle], job.runs[middle:]]
    cost = job.cost // len(job.runs)
    return [replace(job, runs=p, cost=cost * len(p), did_not_fit=(*job.did_not_fit, size)) for p in parts if p]


Kind = Literal["done", "stopped", "ended", "refused", "did not fit", "held", "died"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a job went.

    Attributes:
        kind: "stopped" at a checkpoint by a signal, and "ended" there by `ganlab stop`; "refused" for a reason that the
            user can mend; "did not fit" as one population, but may as smaller ones; "held" by another process, in parts
            or as a whole; "died" without a word.
        reason: of the last four kinds, in words.
        size: of the population that did not fit.
        messages: what a user should know: warnings of runs, and what was done instead of what was asked for.
    """

    kind: Kind
    reason: str = ""
    size: int = 0
    messages: tuple[str, ...] = ()

    @property
    def fault(self) -> str:
        """How the job failed, in words; "" if it did not."""
        if self.kind == "stopped":
            return "was asked to stop, and did at a checkpoint; run the same command again to continue"
        return self.reason

    @property
    def exit_code(self) -> int:
        """That of a process that has done the job alone."""
        return {"done": DONE, "stopped": STOPPED, "ended": INTERRUPTED}.get(self.kind, REFUSED)


def titled(labels: Sequence[str]) -> str:
    """A title for runs of such rows, which names at most `MOST_IN_A_TITLE` of them."""
    rows = list(dict.fromkeys(labels))
    if len(rows) <= MOST_IN_A_TITLE:
        return " + ".join(rows)
    return f"{rows[0]} + {len(rows) - 1} more rows"
