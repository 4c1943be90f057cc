"""A trial of a W&B sweep: one population, trained on the machine of the agent that started it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ganlab.engines.base import Listener, StoppedError
from ganlab.engines.job import Job, Outcome
from ganlab.engines.local import LocalEngine
from ganlab.engines.local_places import LocalOptions, places_of
from ganlab.engines.wandb_jobs import read_jobs
from ganlab.errors import InputError
from ganlab.exit_codes import DONE, INTERRUPTED, STOPPED
from ganlab.processes import start_server
from ganlab.record import RunDirectory
from ganlab.record.lease import HeldError, hold
from ganlab.record.stop import is_asked_to_end
from ganlab.tracking import Mirror
from ganlab.tracking.mirror import SECONDS_FOR_MIRROR, SECONDS_FOR_MIRROR_WHEN_STOPPED
from ganlab.tracking.wandb_sweep import WandbTrial

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a trial went.

    Attributes:
        again: whether another agent is to take it up.
    """

    exit_code: int
    said: str
    again: bool = False


def do_trial(file: Path, name: str, say: Say) -> int:
    """Train the population called `name` in the list that is the `file`, and show it in W&B; gives the exit code.

    Runs that are done already, or that somebody else works on, are left as they are, with exit code 0. One that is
    stopped by a signal is given to an agent again; one that is stopped with its sweep ends that for all agents.

    Args:
        file: the list of a sweep's jobs.
        name: that of the job.
        say: told what a user should know, line by line.

    Raises:
        InputError: there is no such job, or it cannot be trained here.
    """
    listed = read_jobs(file)
    job = listed.job(name, file.resolve().parent)
    for variable, value in listed.environment.items():
        os.environ.setdefault(variable, value)
    _enter(listed.working_directory)
    if not _is_done(job):
        start_server()
    trial = WandbTrial(job.sweep, name, listed.project)
    try:
        ending = _do(job, say)
    except InputError as error:
        trial.end(exit_code=2, said=str(error))
        raise
    say(f"{job.title}: {ending.said}")
    trial.end(ending.exit_code, ending.said, ending.again)
    if ending.exit_code == INTERRUPTED:
        trial.end_sweep()
    return ending.exit_code


def _enter(folder: str) -> None:
    try:
        os.chdir(folder)
    except OSError as error:
        raise InputError(
            f"cannot enter {folder}, from which the sweep was registered: {error.strerror}; agents need the same files"
        ) from None


def _is_done(job: Job) -> bool:
    return all(RunDirectory(run).is_done() for run in job.runs)


def _do(job: Job, say: Say) -> Ending:
    if _is_done(job):
        return Ending(exit_code=DONE, said="was done already")
    if is_asked_to_end(job.sweep):
        return Ending(exit_code=INTERRUPTED, said="was not begun, for its sweep is ended")
    try:
        with hold(job.runs):  # which takes the leases of a machine that died to be expired
            pass
    except HeldError as held:
        return Ending(exit_code=DONE, said=f"is left to others: {held}")
    with Mirror(job.sweep) as mirror:
        for run in job.runs:
            mirror.watch(run)
        ending = _train(job, say)
        seconds = SECONDS_FOR_MIRROR if ending.exit_code == DONE else SECONDS_FOR_MIRROR_WHEN_STOPPED
        for line in mirror.finish(seconds):
            say(line)
    return ending


def _place(device: str) -> str:
    """Where to train; only one that has a number is looked for here, as that takes torch."""
    return places_of(LocalOptions(workers=1), device)[0] if ":" in device else device


def _train(job: Job, say: Say) -> Ending:
    outcomes: list[Outcome] = []
    listener = Listener(
        on_start=lambda job: say(f"{job.title} x {len(job.runs)}: begins"),
        on_end=lambda job, outcome: outcomes.append(outcome),
        on_split=lambda job, parts, reason: say(f"{reason}; trained instead in {len(parts)} parts"),
        on_wait=lambda job, reason: say(f"{job.title}: {reason}"),
    )
    try:
        LocalEngine([_place(job.device)]).run([job], listener)
    except StoppedError:
        if is_asked_to_end(job.sweep):
            return Ending(exit_code=INTERRUPTED, said="was ended at a checkpoint, with its sweep")
        return Ending(exit_code=STOPPED, said="was stopped at a checkpoint, for another agent to go on", again=True)
    for text in (text for outcome in outcomes for text in outcome.messages):
        say(text)
    faults = [outcome for outcome in outcomes if outcome.fault]
    if faults:
        return Ending(exit_code=faults[0].exit_code, said=faults[0].fault)
    return Ending(exit_code=DONE, said="done")
