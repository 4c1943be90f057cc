"""The mirror's own process.

`ganlab.tracking.mirror` starts it beside a sweep; it then reads the paths of run directories from stdin, one a line
in JSON, up to a null. If stdin ends without one, the process that started it has died.
"""

from __future__ import annotations

import io
import json
import os
import queue
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path

from ganlab.extras import is_installed
from ganlab.record.run_directory import RunDirectory
from ganlab.text import message
from ganlab.tracking.mirror import incomplete
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_settings import is_disabled
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker
from ganlab.workarounds.wandb_service import limit_wait_for_service

POLL_S = 1.0
NICENESS = 10
SECONDS_ALONE = 6.0
"""How long it may outlive the process that started it, if that one dies."""
FINISHED_AT_ONCE = 32
"""How many runs are finished at the same time; online each of them waits for its uploads."""

SECONDS_TO_FINISH = 22.0
"""How long, after the end of the sweep, runs may take to be finished; what is left then is sent another time."""


def main() -> None:
    """Follow the run directories named on stdin until its end; then send the rest, and print where the runs are."""
    if sys.platform != "win32":
        os.nice(NICENESS)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    paths: queue.SimpleQueue[Path] = queue.SimpleQueue()
    closed = threading.Event()
    threading.Thread(target=_listen, args=(paths, closed), daemon=True).start()
    with suppress(Exception):  # the error is raised again, and reported, where the module is needed
        _import_ahead()

    session = WandbSession()
    runs: dict[Path, MirroredRun] = {}
    pool = ThreadPoolExecutor(FINISHED_AT_ONCE)
    finishing: dict[Future[None], MirroredRun] = {}
    listening = True
    while listening:
        listening = not closed.wait(POLL_S)
        while not paths.empty():
            path = paths.get()
            runs.setdefault(path, MirroredRun(RunDirectory(path), WandbTracker(session)))
        finishing |= {pool.submit(run.finish): run for run in runs.values() if run.update()}
    finishing |= {pool.submit(run.finish): run for run in runs.values()}
    unfinished = wait(finishing, SECONDS_TO_FINISH).not_done
    for future in unfinished:
        finishing[future].fault = TimeoutError(f"not all was sent {SECONDS_TO_FINISH:g} s after the end of training")

    for line in [*session.report(), *_complaints(list(runs.values()))]:
        print(line)
    if unfinished:
        sys.stdout.flush()
        os._exit(0)  # the client would wait for them


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

    if not is_disabled() and is_installed("wandb"):
        import wandb  # noqa: F401

        limit_wait_for_service()


def _complaints(runs: list[MirroredRun]) -> list[str]:
    odd = [why for run in runs for why in run.set_aside.values()]
    lines = [f"{len(odd)} files of samples were set aside, and all else was shown; the first: {odd[0]}"] if odd else []
    faulty = [run for run in runs if run.fault]
    if faulty:
        first = " ".join(str(faulty[0].fault).split())
        why = f"{len(faulty)} of {len(runs)} runs; the first: {first}"
        lines.append(incomplete(faulty[0].run.path.parent, why))
    return [message(line) for line in lines]


if __name__ == "__main__":
    main()
