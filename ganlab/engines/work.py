"""Doing a job, in whatever process or thread calls: nothing here changes the state of the process."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import torch

from ganlab.compiler import check_compiler
from ganlab.engines.job import Job, Kind, Outcome, titled
from ganlab.engines.runs import FoundRun, look_up, pack
from ganlab.errors import InputError
from ganlab.plugins import in_words
from ganlab.record import RunDirectory
from ganlab.record.lease import SECONDS, HeldError, Lease, hold
from ganlab.record.progress import JobProgress, remove_progress
from ganlab.record.stop import is_asked_to_end
from ganlab.text import one_line
from ganlab.training.devices import DoesNotFitError, memory_for
from ganlab.training.ranks import ALONE, RankLostError, Ranks
from ganlab.training.recorded import read_spec
from ganlab.training.trainer import Progress, Trainer

SECONDS_BETWEEN_LOOKS = 1.0
"""Between two looks for whether the sweep is to stop, and between two writings of the progress."""

OnProgress = Callable[[Progress], None]


def job_of(folders: Sequence[Path], compiled: bool = True, device: str = "auto", trust: bool = False) -> Job:
    """The job of training the runs in `folders`.

    Args:
        folders: run directories.
        compiled: whether the updates are compiled.
        device: where to train, as sweeps name it.
        trust: whether code that the records carry, their plugins, may be run.

    Raises:
        InputError: one of them is no run directory, or cannot be trained by this ganlab.
    """
    specs = [read_spec(RunDirectory(folder), trust) for folder in folders]
    runs = {folder.resolve(): folder for folder in folders}  # or one that is given twice would wait for itself
    title = titled([spec.label for spec in specs])
    return Job(title=title, runs=tuple(runs.values()), compiled=compiled, device=device)


def work(
    job: Job,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: OnProgress = lambda progress: None,
    patience: float = SECONDS,
    ranks: Ranks = ALONE,
) -> Outcome:
    """Train the runs of `job` that are not done, each from its checkpoint on.

    Members that are at one iteration are trained as one population, and others after them: the bits of a member do not
    depend on its company. While it is at work, it holds the lease of every run.

    Args:
        job: what is to be done; the code that its records carry is run.
        should_stop: whether to stop at a checkpoint; asked in every iteration.
        on_progress: told how far the population is.
        patience: the seconds to wait for a run whose holder is not known to be alive.
        ranks: that do it together, led by this process.

    Raises:
        Exception: a fault of the program.
    """
    try:
        with hold(job.runs, about={"job": job.runs[0].name}, patience=patience) as leases:
            outcome = _Work(job, leases, should_stop, on_progress, ranks).do()
        if outcome.kind in ("done", "stopped", "ended"):
            ranks.broadcast(outcome.kind)
        return outcome
    except HeldError as error:
        return Outcome(kind="held", reason=str(error))
    except Exception as error:
        fault = in_words(error)  # such as of a folder in which no lease can be written
        if fault is None:
            raise
        return Outcome(kind="refused", reason=one_line(fault))


class _Work:
    """A job whose runs are held."""

    def __init__(
        self,
        job: Job,
        leases: Sequence[Lease],
        should_stop: Callable[[], bool],
        on_progress: OnProgress,
        ranks: Ranks,
    ) -> None:
        self._job = job
        self._ranks = ranks
        self._leases = dict(zip(job.runs, leases, strict=True))
        self._should_stop = should_stop
        self._on_progress = on_progress
        self._size = 0
        self._messages: list[str] = []
        self._ends = False
        self._looked = -SECONDS_BETWEEN_LOOKS

    def do(self) -> Outcome:
        """Train all that is left, and leave word of how that went."""
        for folder in self._job.runs:
            remove_progress(folder)
        try:
            return self._train()
        except HeldError:
            raise
        except RankLostError as error:
            self._tell_of_failure(one_line(str(error)))
            return self._outcome("died", one_line(str(error)))
        except Exception as error:
            fault = in_words(error)
            splits = isinstance(error, DoesNotFitError) and self._size > 1
            if not splits:
                self._tell_of_failure(one_line(fault or f"{type(error).__name__}: {error}"))
            if fault is None:
                raise
            return self._outcome("did not fit" if splits else "refused", one_line(fault))

    def _train(self) -> Outcome:
        if is_asked_to_end(self._job.sweep):
            return self._outcome("ended")
        device = self._ranks.device(self._job.device)
        compiled, notice = check_compiler() if self._job.compiled else (False, "")
        directories = {folder: RunDirectory(folder) for folder in self._job.runs}
        for directory in directories.values():
            read_spec(directory, trust=True)  # which puts its plugins to use
        found = [look_up(directory.spec(), directory) for directory in directories.values()]
        for run in found:
            if run.state == "damaged":
                raise InputError(run.fault)
        self._messages += [notice] if notice else []
        for group in pack([run for run in found if run.is_left]):
            several = f"{self._ranks.size} x {device.type}" if self._ranks.size > 1 else str(device)
            teller = _Teller(self._job, group, several, self._messages)
            if not self._train_population(group, compiled, device, teller):
                return self._outcome("ended" if self._ends else "stopped")
        remove_progress(self._job.runs[0])
        return self._outcome("done")

    def _outcome(self, kind: Kind, reason: str = "") -> Outcome:
        return Outcome(kind=kind, reason=reason, size=self._size, messages=tuple(self._messages))

    def _train_population(
        self, runs: Sequence[FoundRun], compiled: bool, device: torch.device, teller: _Teller
    ) -> bool:
        """Train `runs` together; gives whether their end was reached."""
        self._size = len(runs)

        def report(progress: Progress) -> None:
            self._on_progress(progress)
            teller.tell(progress)

        with ExitStack() as stack, memory_for(f"'{self._job.title}': {len(runs)} members", device):
            opened = [RunDirectory(run.folder) for run in runs]
            for directory in opened:
                stack.enter_context(directory.open(directory.spec(), self._leases[directory.path].require))
            specs = [run.spec for run in runs]
            trainer = Trainer(specs, opened, compiled, device, self._job.did_not_fit, self._ranks)
            finished = trainer.run(report, self._is_to_stop)
        if not finished:
            teller.tell_of_stop()
        return finished

    def _is_to_stop(self) -> bool:
        now = time.monotonic()
        if now - self._looked > SECONDS_BETWEEN_LOOKS:
            self._looked = now
            self._ends = is_asked_to_end(self._job.sweep)
        return self._ends or self._should_stop()

    def _tell_of_failure(self, reason: str) -> None:
        for folder in self._job.runs:
            if not RunDirectory(folder).is_done():
                failed = JobProgress(
                    runs=tuple(one.name for one in self._job.runs),
                    phase="failed",
                    iteration=self._job.start,
                    start=self._job.start,
                    steps=self._job.steps,
                    alive=0,
                    device=self._job.device,
                    reason=reason,
                )
                failed.write(folder)


class _Teller:
    """Keeps the progress of a population in the directory of its job's first run."""

    def __init__(self, job: Job, runs: Sequence[FoundRun], device: str, messages: list[str]) -> None:
        self._folder = job.runs[0]
        self._began, self._written = time.monotonic(), -SECONDS_BETWEEN_LOOKS
        self._messages = messages
        self._last = JobProgress(
            runs=tuple(run.spec.id for run in runs),
            phase="compiling",
            iteration=runs[0].iteration,
            start=runs[0].iteration,
            steps=runs[0].spec.steps,
            alive=len(runs),
            device=device,
        )

    def tell(self, progress: Progress) -> None:
        """Write how far the population is, at most once a second, or if it is in another phase."""
        now = time.monotonic()
        self._messages += [f"{run}: {text}" for run, text in progress.warnings]
        if progress.phase != self._last.phase:
            self._began = now
        elif now - self._written < SECONDS_BETWEEN_LOOKS and not progress.warnings:
            return
        self._write(now, phase=progress.phase, iteration=progress.iteration, alive=progress.alive)

    def tell_of_stop(self) -> None:
        self._write(time.monotonic(), phase="stopped")

    def _write(self, now: float, **changes: object) -> None:
        made = self._last.model_copy(update={**changes, "messages": tuple(self._messages)})
        done = (made.iteration - made.start) * len(made.runs)
        self._last = made.model_copy(update={"rate": done / max(1e-9, now - self._began) if done else 0.0})
        self._last.write(self._folder)
        self._written = now
