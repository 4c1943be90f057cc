"""Ending a sweep from anywhere: a file in its folder, at which its jobs look."""

from __future__ import annotations

from pathlib import Path

STOP = "stop"
"""The file in a sweep's folder that asks all of its jobs, on all machines, to end at a checkpoint."""


def ask_to_end(sweep: Path) -> None:
    """Have all jobs of the sweep in that folder end at a checkpoint.

    Raises:
        OSError: it cannot be written.
    """
    (sweep / STOP).touch()


def let_go_on(sweep: Path) -> None:
    """Take that back, for jobs that begin after this."""
    (sweep / STOP).unlink(missing_ok=True)


def is_asked_to_end(sweep: Path) -> bool:
    """Whether jobs are to end."""
    return (sweep / STOP).exists()
