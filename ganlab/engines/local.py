"""This machine as an engine: one process a job. If a process dies, only its own job is tried again, or fails."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import wait

from ganlab.engines.base import SILENT, Capacity, EngineSource, Listener, StoppedError, register
from ganlab.engines.job import Job, Outcome, split
from ganlab.engines.local_places import LocalOptions, places_of
from ganlab.engines.queue import Queue
from ganlab.engines.worker import Worker, uninterrupted
from ganlab.processes import start_server
from ganlab.record.stop import is_asked_to_end

SECONDS_TO_STOP = 20.0
SECONDS_BETWEEN_LOOKS = 1.0  # for runs that others have let go of, and for whether the sweep is to end
TOO_SLOW = "was ended because it did not stop in time; its last checkpoint is kept"


class LocalEngine:
    """Runs jobs in processes on this machine.

    Args:
        places: for each population that trains at once, what `Worker` takes as its place.
    """

    def __init__(self, places: Sequence[str]) -> None:
        self._places = places
        self._running: list[Worker] = []
        self._last_try: Job | None = None

    def capacity(self) -> Capacity:
        """As many jobs as there are workers."""
        devices = [device for place in self._places for device in place.split(",")]
        return Capacity(jobs=len(self._places), devices=tuple(dict.fromkeys(devices)))

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Run all `jobs`. Whatever is raised, no process of one is left.

        Raises:
            StoppedError: a signal came, or the sweep was asked to end; every job is then at a checkpoint.
            KeyboardInterrupt: Ctrl-C was pressed once more, before all jobs had stopped.
        """
        start_server()
        self._queue, self._died = Queue(jobs), list[Job]()
        try:
            while self._queue or self._died or self._running:
                if is_asked_to_end(jobs[0].sweep):
                    raise StoppedError
                self._start_all(listener)
                for worker, outcome in self._wait():
                    self._end(worker, outcome, listener)
        except KeyboardInterrupt as asked:
            self._stop(listener)
            raise StoppedError(*asked.args) from None
        except BaseException:
            self._stop(SILENT)  # the listener may be what failed, where its output cannot be written
            raise

    def _start_all(self, listener: Listener) -> None:
        """Start what there is place for; the jobs that died once alone and last."""
        while (place := self._free_place()) and (job := self._queue.take()):
            self._start(job, place, listener)
        if self._died and not self._running:
            self._last_try = self._died.pop(0)
            self._start(self._last_try, self._places[0], listener)

    def _free_place(self) -> str | None:
        return next(iter(Counter(self._places) - Counter(worker.place for worker in self._running)), None)

    def _start(self, job: Job, place: str, listener: Listener, following: Sequence[Job] = ()) -> None:
        listener.on_start(job)
        with uninterrupted():  # so that no process is started without being registered
            self._running.append(Worker(job, place, following))

    def _wait(self) -> list[tuple[Worker, Outcome]]:
        """Wait a while for processes that end, which are running no more then, and how their jobs went."""
        ready = wait([worker.channel for worker in self._running], SECONDS_BETWEEN_LOOKS)
        asked = [(worker, worker.outcome()) for worker in self._running if worker.channel in ready]
        ended = [(worker, outcome) for worker, outcome in asked if outcome]
        for worker, _ in ended:
            self._running.remove(worker)
        return ended

    def _end(self, worker: Worker, outcome: Outcome, listener: Listener) -> None:
        """See to what is to be done after a job: to it again, for want of memory to its parts, or to the next one."""
        job, following = worker.job, worker.following
        if outcome.kind == "ended":
            raise StoppedError
        if outcome.kind == "held":
            self._queue.add(job)
            listener.on_wait(job, outcome.reason)
        elif outcome.kind == "died" and job is not self._last_try:
            self._died.append(job)
            listener.on_wait(job, f"{outcome.reason}; it is tried once more, alone, after all others")
        elif outcome.kind == "did not fit":
            parts = split(job, outcome.size)
            listener.on_split(job, parts, outcome.reason)
            following = [*parts, *following]
        else:
            listener.on_end(job, outcome)
        if following:
            self._start(following[0], worker.place, listener, following[1:])

    def _stop(self, listener: Listener) -> None:
        """Ask every running job to stop at a checkpoint, and kill those that do not, or all if Ctrl-C is pressed."""
        for worker in self._running:
            worker.terminate()
        deadline = time.monotonic() + SECONDS_TO_STOP
        try:
            while self._running and time.monotonic() < deadline:
                for worker, outcome in self._wait():
                    listener.on_end(worker.job, outcome if outcome.kind == "refused" else Outcome(kind="ended"))
        finally:
            killed, self._running = self._running, []
            for worker in killed:
                worker.kill()
            for worker in killed:
                worker.join()
                listener.on_end(worker.job, Outcome(kind="died", reason=TOO_SLOW))


def make_local(options: LocalOptions, device: str) -> LocalEngine:
    """The engine with a user's `options`, for a sweep that asks for `device`.

    Raises:
        InputError: this machine has no such device, or too few, or the number of workers is none.
    """
    return LocalEngine(places_of(options, device))


register(EngineSource(name="local", summary="processes on this machine", options=LocalOptions, make=make_local))
