"""A job in a process of its own: it trains one population and reports through a pipe."""

from __future__ import annotations

import gc
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from types import FrameType

import torch

from ganlab.compiler import check_compiler
from ganlab.compiler.toolchain import quieten
from ganlab.errors import InputError
from ganlab.plugins import fault_of
from ganlab.processes import Channel, end_with
from ganlab.sweeps.plan import Job, open_run
from ganlab.text import one_line
from ganlab.training.devices import DoesNotFitError, memory_for
from ganlab.training.trainer import Progress, Trainer


@dataclass(frozen=True, kw_only=True)
class Refused:
    """The job cannot be done, for a reason that the user can fix."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A line for the user."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The job is over: it reached its end, or stopped at a checkpoint because it was asked to."""

    finished: bool


@dataclass(frozen=True, kw_only=True)
class DidNotFit:
    """There is no memory for the members together; smaller populations may have it."""

    reason: str


Message = Progress | Refused | DidNotFit | Notice | Ended


def work_for_launcher(job: Job, channel: Channel) -> None:
    """`work`, in a process that ends when the process at the other end of `channel` does."""
    end_with(channel)
    work(job, channel)


def work(job: Job, channel: Channel) -> None:
    """Train `job`, sending a `Message` now and then, until it is done or SIGTERM asks it to stop."""
    stop = _Stop()
    if job.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""  # or the compiler takes half a gigabyte of GPU memory
    gc.disable()  # objects made before training are never freed, and collecting takes a tenth of the time
    torch.set_num_threads(1)
    quieten()
    compiled = job.compiled
    if compiled:
        compiled, notice = check_compiler()
        if notice:
            channel.send(Notice(text=notice))

    def report(progress: Progress) -> None:
        stop.at_once = progress.phase == "compiling"
        if progress.phase == "training" and not gc.isenabled():
            gc.freeze()
            gc.enable()
        channel.send(progress)

    device = torch.device(job.device)
    with ExitStack() as stack:
        try:
            with memory_for(f"'{job.title}': {len(job.runs)} members", device):
                directories = [stack.enter_context(open_run(run, job.sweep)) for run in job.runs]
                specs = [run.spec for run in job.runs]
                trainer = Trainer(specs, directories, compiled, device, job.did_not_fit)
                finished = trainer.run(report, lambda: stop.asked)
        except DoesNotFitError as error:
            kind = DidNotFit if len(job.runs) > 1 else Refused
            channel.send(kind(reason=one_line(str(error))))
            return
        except InputError as error:
            channel.send(Refused(reason=one_line(str(error))))
            return
        except Exception as error:
            fault = fault_of(error)
            if fault is None:
                raise
            channel.send(Refused(reason=one_line(fault)))
            return
        channel.send(Ended(finished=finished))


class _Stop:
    """SIGTERM ends the process at once before training, and asks the loop to stop during it.

    SIGINT is left to the process that started this one: Ctrl-C reaches both.
    """

    def __init__(self) -> None:
        self.asked = False
        self.at_once = True
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        if self.at_once:
            os._exit(0)
