"""How far a sweep is, read from its folder alone: from any terminal, of any machine that sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ganlab.errors import InputError
from ganlab.record.lease import Holder, Watcher
from ganlab.record.progress import JobProgress, read_progress
from ganlab.record.run_directory import RunDirectory, runs_in
from ganlab.record.stop import is_asked_to_end
from ganlab.record.sweep_index import read_index


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What is known of a sweep's runs.

    Attributes:
        done: the ids of runs that have ended; waiting: of those that nobody works on.
        failed: of those whose job has failed, by why.
        jobs: those at work by the id of their first run: who does it, the ids of its runs that are held, and how far it
            is, if it has said so yet.
        launchers: who has launched the sweep, and looks after its jobs.
        ends: whether it was asked to.
    """

    done: list[str]
    waiting: list[str]
    failed: dict[str, str]
    jobs: dict[str, tuple[Holder, list[str], JobProgress | None]]
    launchers: list[Holder]
    ends: bool

    def lines(self, tasks: Mapping[str, str]) -> Iterator[str]:
        """It in words, with what a scheduler says of the `tasks` that train the runs of such ids."""
        at_work = sum(len(runs) for _, runs, _ in self.jobs.values())
        total = len(self.done) + len(self.waiting) + len(self.failed) + at_work
        yield (
            f"{total} runs: {len(self.done)} done, {at_work} at work, {len(self.waiting)} waiting, "
            f"{len(self.failed)} failed{'; asked to end' if self.ends else ''}"
        )
        for first, (holder, runs, progress) in self.jobs.items():
            others = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
            beside = f"; {tasks[first]}" if first in tasks else ""
            yield f"  {first}{others}: {holder}, {_in_words(progress)}{beside}"
        for reason, count in Counter(self.failed.values()).items():
            runs = [run for run, why in self.failed.items() if why == reason]
            others = f" and {count - 1} more" if count > 1 else ""
            yield f"  FAILED {runs[0]}{others}: {reason}"
        for holder in self.launchers:
            yield f"  launched by {holder}"


def look_over(folder: Path, watcher: Watcher) -> Overview:
    """How far the sweep in `folder` is.

    Args:
        folder: of the sweep.
        watcher: who has watched its leases so far.

    Raises:
        InputError: there is no sweep.
    """
    runs = _runs_of(folder)
    done: list[str] = []
    waiting: list[str] = []
    failed: dict[str, str] = {}
    jobs: dict[str, tuple[Holder, list[str], JobProgress | None]] = {}
    for run in runs:
        name = run.path.name
        if holders := watcher.holders(run.path):
            first = str(holders[0].about.get("job", name))
            jobs.setdefault(first, (holders[0], [], read_progress(folder / first)))[1].append(name)
        elif run.is_done():
            done.append(name)
        elif (progress := read_progress(run.path)) and progress.phase == "failed":
            failed[name] = progress.reason
        else:
            waiting.append(name)
    launchers = watcher.holders(folder, kind="launcher")
    return Overview(
        done=done, waiting=waiting, failed=failed, jobs=jobs, launchers=launchers, ends=is_asked_to_end(folder)
    )


def _runs_of(folder: Path) -> list[RunDirectory]:
    index = read_index(folder)
    runs = [RunDirectory(folder / name) for name in index.runs] if index else runs_in(folder)
    if not runs:
        raise InputError(f"there is no sweep in {folder}; name a sweep's folder, such as runs/gaussian_1d")
    return runs


def _in_words(progress: JobProgress | None) -> str:
    if progress is None:
        return "starting"
    if progress.phase != "training":
        return f"{progress.device}, {progress.phase}"
    left = (progress.steps - progress.iteration) * len(progress.runs) / progress.rate if progress.rate else None
    time_left = f", {timedelta(seconds=round(left))} left" if left is not None else ""
    return (
        f"{progress.device}, {progress.iteration:,}/{progress.steps:,}, {progress.rate:,.0f} seed-it/s{time_left}, "
        f"{progress.alive} of {len(progress.runs)} alive"
    )
