"""A process of this machine that does one job for a launcher."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ganlab.engines.job import Job, Outcome
from ganlab.engines.memory_kills import kills_for_memory
from ganlab.processes import Channel, context, end_with, without_main_module

PATIENCE = 1.0
"""Seconds to wait for a run that another launcher may hold; there are other jobs to do meanwhile."""
KILLED = -9
"""The exit code of a process that SIGKILL ended."""


class Worker:
    """The process, from its start on.

    Args:
        job: what it does.
        place: the devices of this machine that it has, with commas between them; or ``auto`` or ``cuda``, of which
            it takes the first.
        following: jobs that are to be done after it, in its place.

    Attributes:
        channel: to wait on; it can be read when the process has something to say, and when it has ended.
    """

    def __init__(self, job: Job, place: str, following: Sequence[Job] = ()) -> None:
        self.job = job
        self.place = place
        self.following = following
        self.channel, far_end = context().Pipe(duplex=False)
        self.process = context().Process(target=work_for_launcher, args=(job, place, far_end), name=job.title)
        self._kills = kills_for_memory()
        self._said: Outcome | None = None
        self._started = self._start()
        far_end.close()

    def _start(self) -> bool:
        """Start the process, if the server that forks it is not killed at this moment."""
        try:
            with without_main_module():
                self.process.start()
        except (EOFError, ConnectionError):
            self.channel.close()  # which ends the process, if it was made
            self.channel, far_end = context().Pipe(duplex=False)
            far_end.close()
            return False
        return True

    def outcome(self) -> Outcome | None:
        """How its job went; None while it has not ended. To be called when `channel` can be read."""
        try:
            self._said = self.channel.recv()
        except EOFError:
            self.join()
            return self._said or self._end_without_a_word()
        return None

    def terminate(self) -> None:
        """Ask the process to stop at a checkpoint."""
        if self._started:
            self.process.terminate()

    def kill(self) -> None:
        """End the process at once."""
        if self._started:
            self.process.kill()

    def join(self) -> None:
        """Wait until the process has ended."""
        if self._started:
            self.process.join()

    def _end_without_a_word(self) -> Outcome:
        size = len(self.job.runs)
        if not self._started:
            return Outcome(kind="died", reason="its process was not started: the server of processes was killed")
        if self.process.exitcode != KILLED or kills_for_memory() <= self._kills:
            return Outcome(kind="died", reason=f"its process ended with code {self.process.exitcode}")
        reason = f"'{self.job.title}': {size} members were killed for the memory limit of this job"
        if size > 1:
            return Outcome(kind="did not fit", reason=reason, size=size)
        return Outcome(kind="refused", reason=f"{reason}; raise it")


def work_for_launcher(job: Job, place: str, channel: Channel) -> None:
    """Do `job` on the devices `place` of this machine, in a process that ends when the launcher does.

    Ctrl-C reaches both, and is the launcher's to answer. torch is imported here, so that launchers need none.
    """
    from ganlab.engines.process import work_in_own_process

    end_with(channel)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    devices = place.split(",")
    kind = devices[0].partition(":")[0]
    if place.startswith("cuda:"):
        indices = [one.partition(":")[2] for one in devices]
        if visible := os.environ.get("CUDA_VISIBLE_DEVICES"):
            indices = [visible.split(",")[int(index)] for index in indices]
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(indices)
    channel.send(work_in_own_process(replace(job, device=kind, devices_per_run=len(devices)), PATIENCE))


@contextmanager
def uninterrupted() -> Iterator[None]:
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
