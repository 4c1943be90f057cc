"""Following sweeps: the report is made again when runs have changed, and somebody looks."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ganlab.errors import InputError
from ganlab.extras import require
from ganlab.live.changes import state_of
from ganlab.live.server import PageServer, Shown
from ganlab.record.lease import Watcher
from ganlab.record.overview import look_over
from ganlab.results.report import report
from ganlab.results.runs import Run
from ganlab.results.sources import find_runs
from ganlab.text import one_line

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_BETWEEN_REPORTS = 2.0
PAUSES = 4
"""How many times as long as the last report took to make nothing is made: a fifth of a core at most."""

SECONDS_OF_A_LOOK = 5.0
"""After the last question of a page for the state, nobody looks any more."""


class Watch:
    """A page of this machine that shows the report on sweeps, and follows them.

    As a context manager, or until `close`, it answers at `url`; `run` has it follow the sweeps.

    Args:
        sweeps: their folders.
        metrics: the columns of the table, as in `ganlab table`, or the one column.
        port: to listen at; 0 or None for a free one.

    Raises:
        InputError: no folder is given, there is no sweep in one, plotly is not installed, or the port cannot be had.
    """

    def __init__(
        self, sweeps: Sequence[str | Path], metrics: Sequence[str] | str | None = None, port: int | None = 0
    ) -> None:
        require("plotly", "ganlab watch")
        if not sweeps:
            raise InputError("there is no sweep to watch; give the folder of one or more, such as runs/gaussian_1d")
        self._folders = [_folder(one) for one in sweeps]
        self._metrics = [metrics] if isinstance(metrics, str) else metrics
        self._watcher = Watcher()
        self._shown = Shown(lines=tuple(self._lines()))  # refuses what is no sweep
        self._state = ""
        self._about = ""  # what the page says of the report of that state
        self._asked = time.monotonic()
        self._next_report = 0.0
        self._over = threading.Event()
        self._server = PageServer(port, self._ask)
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where the page is."""
        return self._server.url

    def run(self) -> None:
        """Follow the sweeps until `close` is called in another thread, or the caller is interrupted."""
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            if time.monotonic() - self._asked < SECONDS_OF_A_LOOK:
                self._look()

    def close(self) -> None:
        """End the page."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        return f'<a href="{self.url}" target="_blank">{self.url}</a>'

    def _ask(self) -> Shown:
        self._asked = time.monotonic()
        return self._shown

    def _look(self) -> None:
        try:
            self._shown = replace(self._shown, lines=tuple(self._lines()))
            state = state_of(self._folders)
            if state == self._state:  # a fault of the last look is over
                self._shown = replace(self._shown, about=self._about)
            elif time.monotonic() >= self._next_report:
                self._shown = self._made(state)
                self._state, self._about = state, self._shown.about
        except (InputError, OSError) as fault:  # such as of a sweep that is moved away
            self._shown = replace(self._shown, about=one_line(str(fault)))
        except Exception as fault:
            self._shown = replace(self._shown, about=one_line(f"this page follows no more: {fault}"))
            raise

    def _made(self, state: str) -> Shown:
        """With the report of now, or, while no run has finished, without one."""
        runs = find_runs([str(folder) for folder in self._folders])
        if not any(run.finished for run in runs):
            return replace(self._shown, about=f"no run of {len(runs)} has finished; the report begins with the first")
        begin = time.monotonic()
        try:
            text = self._report(runs)
        finally:
            end = time.monotonic()
            self._next_report = end + max(SECONDS_BETWEEN_REPORTS, PAUSES * (end - begin))
        done = sum(run.done for run in runs)
        return replace(self._shown, version=state, report=text, about=f"report of {done} of {len(runs)} runs")

    def _report(self, runs: Sequence[Run]) -> str:
        return report(runs, [str(folder) for folder in self._folders], self._metrics)

    def _lines(self) -> Iterator[str]:
        for folder in self._folders:
            first, *others = look_over(folder, self._watcher).lines(tasks={})
            yield from (one_line(line) for line in (f"{folder}: {first}", *others))


def _folder(sweep: str | Path) -> Path:
    if not isinstance(sweep, str | os.PathLike):
        raise InputError(f"{sweep!r} is no folder of a sweep; give the path of each as an argument of its own")
    return Path(sweep)
