"""Doing a job in a process of its own: what the job may take over of its process, and how signals stop it."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable
from types import FrameType

import torch

from ganlab.compiler.toolchain import quieten
from ganlab.engines.job import Job, Outcome
from ganlab.engines.several_devices import follow_orders, met
from ganlab.engines.work import OnProgress, work
from ganlab.errors import InputError
from ganlab.exit_codes import STOPPED
from ganlab.record.lease import SECONDS, release_all
from ganlab.text import one_line
from ganlab.training.ranks import ALONE, RankLostError, Ranks, TCPStore
from ganlab.training.trainer import Progress


def settle(device: str) -> None:
    """Make this process one that trains on `device` and does nothing else: with one thread, and its garbage left."""
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # or the compiler takes half a gigabyte of GPU memory
    gc.disable()  # objects made before training are never freed, and collecting takes a tenth of the time
    torch.set_num_threads(1)
    quieten()


def work_in_own_process(
    job: Job,
    patience: float = SECONDS,
    on_progress: OnProgress = lambda progress: None,
    when_stopped: Callable[[], None] = lambda: None,
    ranks: Ranks = ALONE,
    store: TCPStore | None = None,
) -> Outcome:
    """`work` in a process that does nothing else and that signals stop at a checkpoint.

    Args:
        job: what is to be done.
        patience, on_progress: as `work` has them.
        when_stopped: called after a signal has stopped it, and before the process ends.
        ranks: this process among those that were started to do the job together.
        store: where these meet; None if torchrun started them.
    """
    settle(job.device)
    stop = _Stop(when_stopped)

    def report(progress: Progress) -> None:
        stop.at_once = progress.phase == "compiling"
        if progress.phase == "training" and not gc.isenabled():
            gc.freeze()
            gc.enable()
        on_progress(progress)

    try:
        with met(job, ranks, store, follow_job) as all_ranks:
            if all_ranks.rank == 0:
                outcome = work(job, lambda: stop.asked, report, patience, all_ranks)
            else:
                outcome = follow_orders(all_ranks, all_ranks.device(job.device), report, lambda: stop.asked)
    except InputError as error:
        outcome = Outcome(kind="refused", reason=one_line(str(error)))
    except RankLostError as error:
        outcome = Outcome(kind="died", reason=one_line(str(error)))
    finally:
        gc.unfreeze()  # or what is frozen is reported as leaked when the process ends
    if outcome.kind == "stopped":
        when_stopped()
    return outcome


def follow_job(job: Job, ranks: Ranks, store: TCPStore) -> Outcome:
    """Do `job` as one of `ranks` that are not the first, which meet at `store`."""
    return work_in_own_process(job, ranks=ranks, store=store)


class _Stop:
    """A signal ends the process at once before training, and asks the loop to stop during it.

    It is SIGTERM, SIGUSR1 or SIGUSR2, which schedulers send before the time is up, or Ctrl-C, each where it is not
    ignored.
    """

    def __init__(self, when_stopped: Callable[[], None]) -> None:
        self.asked = False
        self.at_once = True
        self._when_stopped = when_stopped
        for number in (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGUSR1", "SIGUSR2")):
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self.at_once:
            release_all()
            self._when_stopped()
            os._exit(STOPPED)
