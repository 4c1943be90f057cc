"""The mirror's own process.

`ganlab.tracking.mirror` starts it beside a sweep; it then reads the paths of run directories from stdin, one a line
in JSON, up to a null. If stdin ends without one, the process that started it has died. By hand, with the folders of
sweeps::

    python -m ganlab.tracking.mirror_process runs/gaussian_1d

it draws and sends the missing parts of their runs.
"""

from __future__ import annotations

import io
import json
import os
import queue
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from ganlab.record.run_directory import RunDirectory, runs_in
from ganlab.tracking.mirror import incomplete
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker, is_disabled

POLL_S = 1.0
NICENESS = 10
SECONDS_ALONE = 6.0
"""How long it may outlive the process that started it, if that one dies."""
FINISHED_AT_ONCE = 8
"""How many runs are finished at the same time; online each of them waits for its uploads."""


def main() -> None:
    """Follow the run directories named on stdin until its end; then send the rest, and print where the runs are."""
    if sys.platform != "win32":
        os.nice(NICENESS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    paths: queue.SimpleQueue[Path] = queue.SimpleQueue()
    closed = threading.Event()
    if sys.argv[1:]:
        for run in [run for sweep in sys.argv[1:] for run in runs_in(Path(sweep).resolve())]:
            paths.put(run.path)
        closed.set()
    else:
        threading.Thread(target=_listen, args=(paths, closed), daemon=True).start()
    with suppress(Exception):  # the error is raised again, and reported, where the module is needed
        _import_ahead()

    session = WandbSession()
    runs: dict[Path, MirroredRun] = {}
    listening = True
    while listening:
        listening = not closed.wait(POLL_S)
        while not paths.empty():
            path = paths.get()
            runs.setdefault(path, MirroredRun(RunDirectory(path), WandbTracker(session)))
        _finish([run for run in runs.values() if run.update()])
    _finish(list(runs.values()))

    for line in [*session.report(), *_complaints(list(runs.values()))]:
        print(line)


def _listen(paths: queue.SimpleQueue[Path], closed: threading.Event) -> None:
    for line in sys.stdin.buffer:
        path = json.loads(line)
        if path is None:
            break
        paths.put(Path(path))
    else:
        _end_within(SECONDS_ALONE)
    closed.set()


def _end_within(seconds: float) -> None:
    """End this process, whatever it still does then: the next launch of the sweep sends what is missing."""
    timer = threading.Timer(seconds, os._exit, [1])
    timer.daemon = True
    timer.start()


def _import_ahead() -> None:
    """Import the modules needed to show a run, before there is one and while nothing trains yet."""
    import matplotlib.backends.backend_agg
    import matplotlib.figure  # noqa: F401

    if not is_disabled():
        import wandb  # noqa: F401


def _finish(runs: list[MirroredRun]) -> None:
    with ThreadPoolExecutor(FINISHED_AT_ONCE) as pool:
        list(pool.map(MirroredRun.finish, runs))


def _complaints(runs: list[MirroredRun]) -> list[str]:
    faulty = [run for run in runs if run.fault]
    if not faulty:
        return []
    first = " ".join(str(faulty[0].fault).split())
    return [incomplete(faulty[0].run.path.parent, f"{len(faulty)} of {len(runs)} runs; the first: {first}")]


if __name__ == "__main__":
    main()
