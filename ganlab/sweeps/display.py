"""What a user sees while a sweep runs."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ganlab.sweeps.plan import Job
from ganlab.sweeps.worker import Message, Notice
from ganlab.text import one_line
from ganlab.training import trainer

SECONDS_BETWEEN_LINES = 15.0


def say(console: Console, text: str, style: str | None = None) -> None:
    """Print a line of what may be of others' files: nothing in it is markup, or moves the cursor."""
    console.print(one_line(text), markup=False, highlight=False, soft_wrap=True, style=style)


class Display:
    """A bar for the sweep and one for each population; where there is no terminal, a line now and then.

    Bars count updates, so that the time left is fair to variants with many critic steps.
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
        self._all = self._bars.add_task("all", total=self._total, state="", member_iterations=0.0)
        self._tasks: dict[Job, TaskID] = {}
        self._done: dict[Job, float] = {}
        self._notices: set[str] = set()
        self._last_line = time.monotonic()

    def __enter__(self) -> Display:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        say(self._console, text)

    def on_start(self, job: Job) -> None:
        title = one_line(f"{job.title} x {len(job.runs)}")
        per_update = len(job.runs) * (job.steps - job.start) / max(1, job.cost)
        self._tasks[job] = self._bars.add_task(title, total=job.cost, state="starting", member_iterations=per_update)
        self._done[job] = 0.0

    def on_message(self, job: Job, message: Message) -> None:
        if isinstance(message, Notice) and message.text not in self._notices:
            self._notices.add(message.text)
            self.say(message.text)
        if isinstance(message, trainer.Progress):
            self._advance(job, message)

    def on_end(self, job: Job, fault: str) -> None:
        self._left -= 1
        self._bars.remove_task(self._tasks[job])
        if fault:
            self.say(f"{job.title}: {fault}")

    def on_split(self, job: Job, parts: Sequence[Job], reason: str) -> None:
        self._left += len(parts) - 1
        self._done[job] = 0.0
        self._bars.remove_task(self._tasks[job])
        sizes = " and ".join(str(len(part.runs)) for part in parts)
        self.say(f"{reason}; trained instead in populations of {sizes}, one after the other")

    def _advance(self, job: Job, message: trainer.Progress) -> None:
        for run, text in message.warnings:
            self.say(f"{run}: {text}")
        share = (message.iteration - job.start) / max(1, job.steps - job.start)
        self._done[job] = share * job.cost
        state = f"{message.iteration:,}/{job.steps:,}" if message.phase == "training" else message.phase
        self._bars.update(self._tasks[job], completed=self._done[job], state=state)
        self._bars.update(self._all, completed=sum(self._done.values()), state=f"{self._left} populations left")
        if not self._console.is_terminal and time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            share = sum(self._done.values()) / self._total
            self.say(f"{share:4.0%} of all updates; {job.title} at {state}")


class _RateColumn(ProgressColumn):
    """Iterations a second, summed over the members of a population."""

    def render(self, task: Task) -> Text:
        rate = (task.speed or 0.0) * task.fields["member_iterations"]
        return Text(f"{rate:,.0f} seed-it/s" if rate else "")
