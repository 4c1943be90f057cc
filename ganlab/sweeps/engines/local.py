"""This machine as an engine: one process a job, `slots` of them at once. If a process dies, only its own job fails."""

from __future__ import annotations

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import joblib

from ganlab.errors import InputError
from ganlab.processes import Channel, context, start_server, without_main_module
from ganlab.sweeps.engines.memory_kills import kills_for_memory
from ganlab.sweeps.plan import Job, split
from ganlab.sweeps.worker import DidNotFit, Ended, Message, Refused, work_for_launcher

SECONDS_TO_STOP = 20.0
KILLED = -9
"""The exit code of a process that SIGKILL ended."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Callbacks about jobs while they run.

    `on_end` takes how the job failed, in words; "" if it did not. `on_split` takes a job for which there is no memory,
    the smaller ones that are run instead, and why; the job has then ended.
    """

    on_start: Callable[[Job], None]
    on_message: Callable[[Job, Message], None]
    on_end: Callable[[Job, str], None]
    on_split: Callable[[Job, Sequence[Job], str], None] = lambda job, parts, reason: None


SILENT = Listener(on_start=lambda job: None, on_message=lambda job, message: None, on_end=lambda job, fault: None)


class StoppedError(KeyboardInterrupt):
    """The jobs were asked to stop, and did at a checkpoint; its argument is the number of the signal, if known."""


class LocalEngine:
    """Runs jobs in processes on this machine.

    Args:
        slots: how many at once, each with one thread; by default as many as there are cores, and one on a GPU.
        on_gpu: whether they train on a GPU.
    """

    def __init__(self, slots: int | None = None, on_gpu: bool = False) -> None:
        if slots is not None and slots < 1:
            raise InputError(f"cannot run {slots} populations at once; --workers takes a number from 1 on")
        self.slots = slots or (1 if on_gpu else joblib.cpu_count())
        self._running: list[_Running] = []

    def run(self, jobs: Sequence[Job], listener: Listener) -> None:
        """Run all `jobs`.

        Raises:
            StoppedError: Ctrl-C was pressed, or another signal came; every job is then at a checkpoint.
            KeyboardInterrupt: so it was once more, before all jobs had stopped.

        Whatever is raised, no process of a job is left.
        """
        start_server()
        waiting = deque(jobs)
        try:
            while waiting or self._running:
                while waiting and len(self._running) < self.slots:
                    self._start(waiting.popleft(), listener)
                self._listen(listener, timeout=None)
        except KeyboardInterrupt as asked:
            self._stop(listener)
            raise StoppedError(*asked.args) from None
        except BaseException:
            self._stop(SILENT)  # the listener may be what failed, where its output cannot be written
            raise

    def _start(self, job: Job, listener: Listener, following: Sequence[Job] = ()) -> None:
        """Start `job`; those that are `following` are run after it, in its place."""
        listener.on_start(job)
        channel, far_end = context().Pipe(duplex=False)
        process = context().Process(target=work_for_launcher, args=(job, far_end), name=job.title)
        with _uninterrupted(), without_main_module():
            process.start()
            far_end.close()
            self._running.append(_Running(job, process, channel, following))

    def _listen(self, listener: Listener, timeout: float | None) -> None:
        """Pass on the messages of the running jobs, waiting at most `timeout` seconds for the first."""
        ready = wait([one.channel for one in self._running], timeout)
        for one in [one for one in self._running if one.channel in ready]:
            try:
                message: Message = one.channel.recv()
            except EOFError:
                one.process.join()
                self._running.remove(one)
                one.ask_for_memory_kill()
                self._end(one, listener)
                continue
            if isinstance(message, Ended | Refused | DidNotFit):
                one.last = message
            listener.on_message(one.job, message)

    def _end(self, one: _Running, listener: Listener) -> None:
        """Tell of the end of a job, and start what is to run in its place: for want of memory, its parts."""
        following = one.following
        if isinstance(one.last, DidNotFit) and not one.stopped:
            parts = split(one.job)
            listener.on_split(one.job, parts, one.last.reason)
            following = [*parts, *following]
        else:
            listener.on_end(one.job, one.fault())
        if following and not one.stopped:
            self._start(following[0], listener, following[1:])

    def _stop(self, listener: Listener) -> None:
        """Ask every running job to stop at a checkpoint, and kill those that do not, or all if Ctrl-C is pressed."""
        for one in self._running:
            one.stopped = True
            one.process.terminate()
        deadline = time.monotonic() + SECONDS_TO_STOP
        try:
            while self._running and time.monotonic() < deadline:
                self._listen(listener, timeout=1.0)
        finally:
            killed, self._running = self._running, []
            for one in killed:
                one.process.kill()
            for one in killed:
                one.process.join()
                listener.on_end(one.job, "was ended because it did not stop in time; its last checkpoint is kept")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Delay the signals that stop a sweep, so that no process is started without being registered."""
    came: list[int] = []
    usual = {one: signal.signal(one, lambda number, frame: came.append(number)) for one in _signals_that_stop()}
    try:
        yield
    finally:
        for one, handler in usual.items():
            signal.signal(one, handler)
    for number in came:
        signal.raise_signal(number)


def _signals_that_stop() -> list[signal.Signals]:
    """Ctrl-C, and those of schedulers and terminals, that this process does not ignore; none beside its main thread."""
    if threading.current_thread() is not threading.main_thread():
        return []
    known = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return [one for one in known if signal.getsignal(one) is not signal.SIG_IGN]


@dataclass
class _Running:
    job: Job
    process: BaseProcess
    channel: Channel
    following: Sequence[Job]
    kills: int = field(default_factory=kills_for_memory)
    last: Ended | Refused | DidNotFit | None = None
    stopped: bool = False

    def ask_for_memory_kill(self) -> None:
        """Note if the process was killed, and the kernel has killed for want of memory while it ran."""
        if self.last is None and self.process.exitcode == KILLED and kills_for_memory() > self.kills:
            reason = f"'{self.job.title}': {len(self.job.runs)} members were killed for the memory limit of this job"
            self.last = DidNotFit(reason=reason) if len(self.job.runs) > 1 else Refused(reason=f"{reason}; raise it")

    def fault(self) -> str:
        """How the ended process failed, in words; "" if it did not."""
        if isinstance(self.last, Refused):
            return self.last.reason
        if self.stopped or (isinstance(self.last, Ended) and self.last.finished):
            return ""
        if self.last is not None:
            return "was asked to stop, and did at a checkpoint; run the same command again to continue"
        return f"its process ended with code {self.process.exitcode}"
