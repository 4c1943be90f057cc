"""The interface of a tracker, which shows one run while it is trained."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ganlab.record import SpecFile, Summary


class Tracker(Protocol):
    """Takes one run, in this order: `start`, any number of `log` and `image`, `finish`.

    Global steps are non-decreasing. A tracker may raise any exception; the caller handles all of them.
    """

    def start(self, spec: SpecFile, folder: Path) -> None:
        """Begin with the run that `spec` describes and that is recorded in the run directory `folder`."""

    def log(self, global_step: int, numbers: Mapping[str, float | None]) -> None:
        """Show one row of numbers; None is one that is not finite."""

    def image(self, global_step: int, name: str, path: Path) -> None:
        """Show the picture in the file at `path`."""

    def finish(self, summary: Summary | None) -> None:
        """End with the run's summary, or with None if the run was stopped before it had one."""


class NullTracker:
    """Shows nothing."""

    def start(self, spec: SpecFile, folder: Path) -> None:
        pass

    def log(self, global_step: int, numbers: Mapping[str, float | None]) -> None:
        pass

    def image(self, global_step: int, name: str, path: Path) -> None:
        pass

    def finish(self, summary: Summary | None) -> None:
        pass
