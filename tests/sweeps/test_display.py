"""What a user sees while a sweep runs, on a terminal and in a file."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from ganlab.engines import Job, Outcome
from ganlab.record.progress import JobProgress
from ganlab.sweeps import display as display_module
from ganlab.sweeps.display import Display
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep

DONE = Outcome(kind="done")


@dataclass
class Shown:
    """A display whose output can be read."""

    jobs: tuple[Job, ...]
    display: Display
    output: io.StringIO

    @property
    def lines(self) -> list[str]:
        return self.output.getvalue().splitlines()

    def tell(self, job: Job, iteration: int, phase: str = "training", messages: tuple[str, ...] = ()) -> None:
        """Write what `job` writes of its progress, and look at it."""
        JobProgress(
            runs=tuple(run.name for run in job.runs),
            phase=phase,
            iteration=iteration,
            start=job.start,
            steps=job.steps,
            alive=1,
            rate=7.0,
            device="cpu",
            messages=messages,
        ).write(job.runs[0])
        self.display.look()


@pytest.fixture
def show(tmp_path, specs_of, monkeypatch):
    """Shows the jobs of a small sweep; in a file, a line of progress comes with each look, which the test takes."""
    monkeypatch.setattr(display_module, "SECONDS_BETWEEN_LINES", -1.0)
    monkeypatch.setattr(display_module, "SECONDS_BETWEEN_LOOKS", 1e6)

    def show(*overrides: str, terminal: bool = False) -> Shown:
        specs_of()
        plan = make_plan(load_sweep(tmp_path / "test.yaml", overrides), tmp_path / "runs", slots=1)
        write_plan(plan)
        output = io.StringIO()
        console = Console(file=output, force_terminal=terminal, width=200, highlight=False)
        shown = Shown(plan.jobs, Display(console, plan.jobs), output)
        for job in shown.jobs:
            shown.display.on_start(job)
        return shown

    return show


def test_in_a_file_progress_is_the_share_of_all_updates(show):
    """40 iterations of wgan-gp are 40 x 6 updates, of vanilla 40 x 2."""
    shown = show("variants=[vanilla,wgan-gp]")
    penalised, plain = shown.jobs
    with shown.display as display:
        shown.tell(penalised, 20)
        display.on_end(penalised, DONE)
        shown.tell(plain, 20)
        shown.tell(plain, 40)
    assert [line.strip() for line in shown.lines] == [
        f"{120 / 320:.0%} of all updates; wgan-gp at 20/40",
        f"{280 / 320:.0%} of all updates; vanilla at 20/40",
        "100% of all updates; vanilla at 40/40",
    ]


def test_a_job_that_continues_begins_at_nothing_done(show, tmp_path, train, specs_of):
    train(specs_of(), folder=tmp_path / "runs" / "test", stop_at=20)
    shown = show()
    (job,) = shown.jobs
    with shown.display:
        shown.tell(job, 20)
        shown.tell(job, 30)
    assert [line.split()[0] for line in shown.lines] == ["0%", "50%"]


def test_between_two_lines_in_a_file_there_are_seconds(show, monkeypatch):
    monkeypatch.setattr(display_module, "SECONDS_BETWEEN_LINES", 1e6)
    shown = show()
    (job,) = shown.jobs
    with shown.display:
        for iteration in range(1, 41):
            shown.tell(job, iteration)
    assert shown.lines == []


def test_compiling_is_said(show):
    shown = show()
    (job,) = shown.jobs
    with shown.display:
        shown.tell(job, 0, "compiling")
    assert shown.lines == ["  0% of all updates; vanilla at compiling"]


def test_a_message_is_told_once_however_many_jobs_give_it_and_is_not_read_as_markup(show):
    shown = show("variants=[vanilla,lsgan]")
    first, second = shown.jobs
    with shown.display as display:
        shown.tell(first, 10, messages=("no [/red] compiler",))
        display.on_end(second, Outcome(kind="done", messages=("no [/red] compiler", "vanilla-s0-12345678: late")))
    assert [line for line in shown.lines if "of all updates" not in line] == [
        "no [/red] compiler",
        "vanilla-s0-12345678: late",
    ]


def test_a_fault_is_told_with_the_rows_that_it_is_of_and_a_good_end_is_silent(show):
    shown = show("variants=[vanilla,wgan]")
    first, second = shown.jobs
    with shown.display as display:
        display.on_end(second, DONE)
        display.on_end(first, Outcome(kind="died", reason="its process ended with code -9"))
    assert shown.lines == [f"{first.title}: its process ended with code -9"]


def test_on_a_terminal_each_population_has_a_bar(show):
    shown = show("variants=[vanilla,wgan-gp]", "seeds=0..2", terminal=True)
    with shown.display as display:
        shown.tell(shown.jobs[0], 20)
        display.on_end(shown.jobs[1], DONE)
        shown.tell(shown.jobs[0], 30)
    seen = shown.output.getvalue()
    for words in ("wgan-gp x 3", "vanilla x 3", "30/40", "1 populations left", "7 seed-it/s"):
        assert words in seen
    assert "of all updates" not in seen


def test_a_thousand_jobs_have_as_many_bars_as_a_terminal_shows_and_the_next_ones_take_their_places(monkeypatch):
    monkeypatch.setattr(display_module, "MOST_BARS", 3)
    jobs = tuple(Job(title=f"row {index}", runs=(), cost=1) for index in range(1000))
    output = io.StringIO()
    display = Display(Console(file=output, force_terminal=True, width=100, height=100), jobs)
    for job in jobs:
        display.on_start(job)
    display.on_end(jobs[1], DONE)
    display._bars.console.print(display._bars.get_renderable())
    assert [name for name in ("row 0", "row 2", "row 3") if f"{name} x 0" in output.getvalue()] == [
        "row 0",
        "row 2",
        "row 3",
    ]
    assert output.getvalue().count(" x 0") == 3


def test_many_jobs_are_looked_at_no_more_often_than_a_file_server_takes():
    assert [display_module.seconds_between_looks(jobs) for jobs in (1, 100, 1000)] == [0.5, 0.5, 5.0]
