"""What a user sees while a sweep runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from itertools import islice

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ganlab.engines import Job, Outcome
from ganlab.record.progress import JobProgress, read_progress
from ganlab.text import one_line

SECONDS_BETWEEN_LINES = 15.0
SECONDS_BETWEEN_LOOKS = 0.5
LOOKS_A_SECOND = 200
"""At most, at all jobs together: each is a file that is opened on what may be a file server."""
MOST_BARS = 40
"""Populations that have a bar at once: a terminal shows no more, and drawing thousands takes the processor."""


def say(console: Console, text: str, style: str | None = None) -> None:
    """Print a line of what may be of others' files: nothing in it is markup, or moves the cursor."""
    console.print(one_line(text), markup=False, highlight=False, soft_wrap=True, style=style)


def seconds_between_looks(jobs: int) -> float:
    """How long to wait until so many jobs are looked at again."""
    return max(SECONDS_BETWEEN_LOOKS, jobs / LOOKS_A_SECOND)


class Display:
    """A bar for the sweep and one for each population; where there is no terminal, a line now and then.

    It reads how far jobs are from their directories, wherever they run. Bars count updates, so that the time left is
    fair to variants with many critic steps.
    """

    def __init__(self, console: Console, jobs: tuple[Job, ...]) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[state]}", justify="right", markup=False),
            _RateColumn(),
            TextColumn("left"),
            TimeRemainingColumn(compact=True),
            console=console,
            disable=not console.is_terminal,
        )
        self._total = max(1, sum(job.cost for job in jobs))
        self._left = len(jobs)
        self._all = self._bars.add_task("all", total=self._total, state="", rate=0.0)
        self._tasks: dict[Job, TaskID] = {}
        self._done: dict[Job, float] = {}
        self._told: set[str] = set()
        self._last_line = time.monotonic()
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._looking = threading.Thread(target=self._look_again_and_again, daemon=True)

    def __enter__(self) -> Display:
        self._bars.start()
        self._looking.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._looking.join()
        self._bars.stop()

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        say(self._console, text)

    def look(self) -> None:
        """Show how far the running jobs are by now."""
        with self._lock:
            for job in self._tasks:
                if progress := read_progress(job.runs[0]):
                    self._advance(job, progress)

    def on_start(self, job: Job) -> None:
        with self._lock:
            title = one_line(f"{job.title} x {len(job.runs)}")
            is_shown = len(self._tasks) < MOST_BARS
            self._tasks[job] = self._bars.add_task(title, total=job.cost, state="starting", rate=0.0, visible=is_shown)
            self._done[job] = 0.0

    def on_end(self, job: Job, outcome: Outcome) -> None:
        with self._lock:
            self._tell(outcome.messages)
            self._done[job] = job.cost
            self._remove(job)
            self._left -= 1
            if outcome.fault:
                self.say(f"{job.title}: {outcome.fault}")

    def on_split(self, job: Job, parts: Sequence[Job], reason: str) -> None:
        with self._lock:
            self._remove(job)
            self._left += len(parts) - 1
            sizes = " and ".join(str(len(part.runs)) for part in parts)
            self.say(f"{reason}; trained instead in populations of {sizes}, one after the other")

    def on_wait(self, job: Job, reason: str) -> None:
        with self._lock:
            self._remove(job)
            self._tell((f"{job.title}: {reason}",))

    def _remove(self, job: Job) -> None:
        self._bars.remove_task(self._tasks.pop(job))
        for shown in islice(self._tasks.values(), MOST_BARS):
            self._bars.update(shown, visible=True)

    def _look_again_and_again(self) -> None:
        while not self._over.wait(seconds_between_looks(len(self._tasks))):
            self.look()

    def _tell(self, messages: Sequence[str]) -> None:
        for text in messages:
            if text not in self._told:
                self._told.add(text)
                self.say(text)

    def _advance(self, job: Job, progress: JobProgress) -> None:
        self._tell(progress.messages)
        share = (progress.iteration - progress.start) / max(1, progress.steps - progress.start)
        self._done[job] = share * job.cost
        training = progress.phase == "training"
        state = f"{progress.iteration:,}/{progress.steps:,}" if training else progress.phase
        self._bars.update(self._tasks[job], completed=self._done[job], state=state, rate=progress.rate)
        self._bars.update(self._all, completed=sum(self._done.values()), state=f"{self._left} populations left")
        if not self._console.is_terminal and time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            share = sum(self._done.values()) / self._total
            self.say(f"{share:4.0%} of all updates; {job.title} at {state}")


class _RateColumn(ProgressColumn):
    """Iterations a second, summed over the members of a population."""

    def render(self, task: Task) -> Text:
        rate = task.fields["rate"]
        return Text(f"{rate:,.0f} seed-it/s" if rate else "")
