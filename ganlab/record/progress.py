"""``progress.json``: how far a job is, for whoever looks from outside: displays, `ganlab status`, engines."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Literal

from ganlab.options import ListOf, Options
from ganlab.record.files import to_json
from ganlab.record.run_files import PROGRESS

Phase = Literal["compiling", "training", "stopped", "failed"]


class JobProgress(Options):
    """The content of the file, which stands with the first of a job's runs, and with each one of a job that failed.

    It is removed with the job's end, unless that is one that somebody must know of.

    Attributes:
        runs: the ids of the job's runs.
        start: the iteration that the job began from; steps: that of its end.
        alive: members that have not diverged.
        rate: iterations a second since it began, summed over the members.
        device: where it trains.
        host, pid: of the process.
        messages: what a user should know, each once: warnings of runs, and what was done instead of what was asked for.
        reason: of a job that failed, why.
    """

    runs: ListOf[str]
    phase: Phase
    iteration: int
    start: int
    steps: int
    alive: int
    rate: float = 0.0
    device: str
    host: str = ""
    pid: int = 0
    messages: ListOf[str] = ()
    reason: str = ""

    def write(self, run: Path) -> None:
        """Write it to the directory of `run`, whole, if it can be written: nothing depends on it."""
        said = self.model_copy(update={"host": socket.gethostname(), "pid": os.getpid()})
        temporary = run / f".{PROGRESS}.tmp"
        with suppress(OSError):
            temporary.write_text(to_json(said.record()) + "\n", encoding="utf-8")
            temporary.replace(run / PROGRESS)


def read_progress(run: Path) -> JobProgress | None:
    """That in the directory of `run`; None where there is none that can be read."""
    with suppress(OSError, ValueError):
        return JobProgress.model_validate_json((run / PROGRESS).read_bytes())
    return None


def remove_progress(run: Path) -> None:
    """Remove the file from the directory of `run`."""
    with suppress(OSError):
        (run / PROGRESS).unlink()
