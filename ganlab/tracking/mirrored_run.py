"""The mirroring of one run directory."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any, ParamSpec

from ganlab.errors import InputError
from ganlab.record.files import write_whole
from ganlab.record.rows import Row, RowReader
from ganlab.record.run_directory import RunDirectory
from ganlab.text import without_passwords
from ganlab.tracking.pictures import picture as draw
from ganlab.tracking.wandb_tracker import WandbTracker

Arguments = ParamSpec("Arguments")


class MirroredRun:
    """Draws a run's samples, and passes its rows and pictures on to a tracker in the order of their steps.

    Attributes:
        fault: what made the tracker's record of the run incomplete, if anything did.
        set_aside: the files of samples that cannot be drawn, and why.
    """

    def __init__(self, run: RunDirectory, tracker: WandbTracker) -> None:
        self.run = run
        self.fault: Exception | None = None
        self.set_aside: dict[Path, str] = {}
        self._tracker = tracker
        self._silent = False
        self._reader = RowReader(run.metrics_path)
        self._last_row = -1
        self._last_picture = -1
        self._started = False
        self._over = False
        self._finished = False

    def update(self) -> bool:
        """Draw and pass on what is new; True when nothing more will come and `finish` is due.

        That is when the run has its summary, or when its directory is broken.
        """
        if self._over or self._finished or not self._begun():
            return False
        try:
            self._over = self._follow()
        except (InputError, OSError) as fault:
            self._give_up(fault)
            self._over = True
        return self._over

    def finish(self) -> None:
        """End the tracker's record: with the run's summary, or without one as stopped."""
        begun, self._finished = self._started and not self._finished, True
        if begun:
            self._tell(lambda: self._tracker.finish(None if self.fault else self.run.summary()))

    def _begun(self) -> bool:
        """Whether the run is more than planned: its first row is there."""
        rows = self.run.metrics_path
        return self.run.exists() and rows.exists() and rows.stat().st_size > 0

    def _follow(self) -> bool:
        if not self._started:
            self._started = True
            self._tell(self._tracker.start, self.run.spec(), self.run.path)
        done = self.run.summary() is not None  # checked first: the summary is written after all rows
        new: list[tuple[int, Any]] = [*self._new_rows(), *self._new_pictures(done)]
        for step, item in sorted(new, key=itemgetter(0)):
            if isinstance(item, Path):
                self._tell(self._tracker.image, step, "samples", item)
            else:
                self._tell(self._tracker.log, step, item)
        if done:
            for picture in self.run.pictures():
                self._tell(self._tracker.image, self._last_row, picture.stem, picture)
        return done

    def _new_rows(self) -> list[tuple[int, Row]]:
        """New rows by step. A rewound run logs the same rows again, which are not new."""
        rows = [row for row in self._reader.new() if row["global_step"] > self._last_row]
        if rows:
            self._last_row = rows[-1]["global_step"]
        return [(row.pop("global_step"), row) for row in rows]

    def _new_pictures(self, done: bool) -> list[tuple[int, Path]]:
        """Draw what is not drawn yet; new pictures by step, once the rows up to that step are known."""
        pictures = []
        for step, samples in self.run.samples().items():
            picture = samples.with_suffix(".png")
            if not picture.exists() and not self._draw(samples, picture):
                continue
            if step > self._last_picture and (done or step <= self._last_row):
                pictures.append((step, picture))
        if pictures:
            self._last_picture = pictures[-1][0]
        return pictures

    def _draw(self, samples: Path, picture: Path) -> bool:
        """Whether the samples could be drawn; those that cannot are set aside, once, and all else goes on."""
        if samples in self.set_aside:
            return False
        try:
            self._write(picture, draw(samples))
        except InputError as fault:
            _write_down(fault)
            self.set_aside[samples] = str(fault)
            return False
        return True

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file; once more if the temporary one was removed, as by a process that opened the run directory."""
        try:
            write_whole(path, content)
        except FileNotFoundError:
            write_whole(path, content)

    def _tell(self, call: Callable[Arguments, None], *args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        """Call the tracker, unless it has failed, and record any exception, so that the other runs continue."""
        if self._silent:
            return
        try:
            call(*args, **kwargs)
        except Exception as fault:
            self._give_up(fault)
            self._silent = True

    def _give_up(self, fault: Exception) -> None:
        self.fault = fault
        _write_down(fault)


def _write_down(fault: Exception) -> None:
    """Put it into the mirror's log, unless that is on a disk that is full."""
    with suppress(OSError):
        print(without_passwords("".join(traceback.format_exception(fault))), end="", file=sys.stderr)
