"""What a user sees while a sweep runs, on a terminal and in a file."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from ganlab.sweeps import display as display_module
from ganlab.sweeps.display import Display
from ganlab.sweeps.plan import Job, make_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.sweeps.worker import Ended, Notice
from ganlab.training import Progress


def training(iteration: int, *warnings: tuple[str, str]) -> Progress:
    return Progress(phase="training", iteration=iteration, alive=1, warnings=warnings)


@dataclass
class Shown:
    """A display whose output can be read."""

    jobs: tuple[Job, ...]
    display: Display
    output: io.StringIO

    @property
    def lines(self) -> list[str]:
        return self.output.getvalue().splitlines()


@pytest.fixture
def show(tmp_path, specs_of, monkeypatch):
    """Shows the jobs of a small sweep; in a file, a line of progress comes with each message."""
    monkeypatch.setattr(display_module, "SECONDS_BETWEEN_LINES", -1.0)

    def show(*overrides: str, terminal: bool = False) -> Shown:
        specs_of()
        plan = make_plan(load_sweep(tmp_path / "test.yaml", overrides), tmp_path / "runs", slots=1)
        output = io.StringIO()
        console = Console(file=output, force_terminal=terminal, width=200, highlight=False)
        return Shown(plan.jobs, Display(console, plan.jobs), output)

    return show


def test_in_a_file_progress_is_the_share_of_all_updates(show):
    """40 iterations of wgan-gp are 40 x 6 updates, of vanilla 40 x 2."""
    shown = show("variants=[vanilla,wgan-gp]")
    penalised, plain = shown.jobs
    with shown.display as display:
        for job in shown.jobs:
            display.on_start(job)
        display.on_message(penalised, training(20))
        display.on_message(plain, training(40))
        display.on_message(penalised, training(40))
    assert [line.strip() for line in shown.lines] == [
        f"{120 / 320:.0%} of all updates; wgan-gp at 20/40",
        f"{200 / 320:.0%} of all updates; vanilla at 40/40",
        "100% of all updates; wgan-gp at 40/40",
    ]


def test_a_job_that_continues_begins_at_nothing_done(show, tmp_path, train, specs_of):
    train(specs_of(), folder=tmp_path / "runs" / "test", stop_at=20)
    shown = show()
    (job,) = shown.jobs
    with shown.display as display:
        display.on_start(job)
        display.on_message(job, training(20))
        display.on_message(job, training(30))
    assert [line.split()[0] for line in shown.lines] == ["0%", "50%"]


def test_between_two_lines_in_a_file_there_are_seconds(show, monkeypatch):
    monkeypatch.setattr(display_module, "SECONDS_BETWEEN_LINES", 1e6)
    shown = show()
    (job,) = shown.jobs
    with shown.display as display:
        display.on_start(job)
        for iteration in range(1, 41):
            display.on_message(job, training(iteration))
    assert shown.lines == []


def test_compiling_is_said(show):
    shown = show()
    (job,) = shown.jobs
    with shown.display as display:
        display.on_start(job)
        display.on_message(job, Progress(phase="compiling", iteration=0, alive=1))
    assert shown.lines == ["  0% of all updates; vanilla at compiling"]


def test_a_notice_is_told_once_however_many_jobs_give_it(show):
    shown = show("variants=[vanilla,lsgan]")
    with shown.display as display:
        for job in shown.jobs:
            display.on_start(job)
            display.on_message(job, Notice(text="no [C++] compiler"))
    assert shown.lines == ["no [C++] compiler"]


def test_a_warning_names_its_run_and_is_not_read_as_markup(show):
    shown = show()
    (job,) = shown.jobs
    with shown.display as display:
        display.on_start(job)
        display.on_message(job, training(1, ("vanilla-s0-12345678", "[/red] odd")))
    assert shown.lines[0] == "vanilla-s0-12345678: [/red] odd"


def test_a_fault_is_told_with_the_rows_that_it_is_of_and_a_good_end_is_silent(show):
    shown = show("variants=[vanilla,wgan]")
    first, second = shown.jobs
    with shown.display as display:
        for job in shown.jobs:
            display.on_start(job)
        display.on_message(second, Ended(finished=True))
        display.on_end(second, "")
        display.on_end(first, "its process ended with code -9")
    assert shown.lines == [f"{first.title}: its process ended with code -9"]


def test_on_a_terminal_each_population_has_a_bar(show):
    shown = show("variants=[vanilla,wgan-gp]", "seeds=0..2", terminal=True)
    with shown.display as display:
        for job in shown.jobs:
            display.on_start(job)
        display.on_message(shown.jobs[0], training(20))
        display.on_end(shown.jobs[1], "")
        display.on_message(shown.jobs[0], training(30))
    seen = shown.output.getvalue()
    for words in ("wgan-gp x 3", "vanilla x 3", "30/40", "1 populations left"):
        assert words in seen
    assert "of all updates" not in seen
