"""What is printed before and after a sweep."""

from __future__ import annotations

import io
import shlex

import numpy as np
import pytest
from rich.console import Console

from ganlab.sweeps.launch import Result
from ganlab.sweeps.messages import print_closing, print_plan
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep


@pytest.fixture
def plan_of(tmp_path, specs_of, monkeypatch):
    """The plan of a small sweep, recorded in `folder`, which is relative to the working directory."""
    monkeypatch.chdir(tmp_path)

    def plan(*overrides: str, folder: str = "runs"):
        specs_of()
        return make_plan(load_sweep(tmp_path / "test.yaml", overrides), tmp_path / folder, slots=1)

    return plan


def printed(show, *arguments) -> list[str]:
    """The lines that `show` prints to a narrow console, which is made as the command line makes it."""
    console = Console(record=True, file=io.StringIO(), width=40, highlight=False, soft_wrap=True)
    show(*arguments, console)
    return console.export_text().splitlines()


def commands(lines: list[str]) -> dict[str, list[str]]:
    """The commands among the closing lines, as a shell reads them, by the word before each."""
    found = (line.partition("ganlab ") for line in lines)
    return {name.strip(): shlex.split(rest) for name, word, rest in found if word}


def test_a_plan_counts_rows_seeds_and_how_far_the_runs_are(plan_of, train, tmp_path):
    specs = [run.spec for run in plan_of("variants=[vanilla,lsgan]", "seeds=0..1").runs]
    folder = tmp_path / "runs" / "test"
    train(specs[:1], folder=folder)
    train(specs[1:2], folder=folder, stop_at=10)
    lines = printed(print_plan, plan_of("variants=[vanilla,lsgan]", "seeds=0..1"))
    assert lines[0] == (
        f"test: 2 rows x 2 seeds = 4 runs (1 done, 1 to continue, 2 new), recorded in {tmp_path}/runs/test"
    )
    assert sorted(lines[1:]) == [
        "  lsgan: gaussian, iterations 0 to 40, seeds 0, 1",
        "  vanilla: gaussian, iterations 10 to 40, seeds 1",
    ]


def test_a_plan_says_what_was_found_in_the_files_of_the_data(plan_of, tmp_path):
    values = np.arange(100.0)
    np.save(tmp_path / "values.npy", values)
    lines = printed(print_plan, plan_of("data=[gaussian, {name: column, path: values.npy, held_out: 0.3}]"))
    (line,) = [line for line in lines if line.startswith("  data: ")]
    assert all(part in line for part in ("values.npy", "100 values", "min 0", "mean 49.5", "max 99", "30 held out"))


def test_finished_runs_that_leave_the_table_are_named(plan_of, train, tmp_path):
    plan = plan_of("seeds=0..1")
    write_plan(plan)
    first, second = (run.spec for run in plan.runs)
    train([first], folder=tmp_path / "runs" / "test")
    assert not any("no longer list" in line for line in printed(print_plan, plan_of("seeds=0..2")))
    lines = printed(print_plan, plan_of("seeds=0..1", "batch_size=32"))
    assert lines[-1] == (
        f"  its table will no longer list 1 finished run with other settings (such as {first.id}), which stay on disk; "
        "give the sweep another name to keep both tables"
    )
    assert not any(second.id in line for line in lines)


def test_two_data_sets_are_twice_as_many_rows(plan_of):
    lines = printed(print_plan, plan_of("data=[gaussian, {name: gaussian, mean: 3}]", "seeds=0..2"))
    assert lines[0].startswith("test: 2 rows x 3 seeds = 6 runs")


def test_the_closing_names_commands_that_a_shell_reads_as_they_are_meant(plan_of):
    plan = plan_of(folder="my runs")
    found = commands(printed(print_closing, plan, Result()))
    assert found["table"][:2] == ["table", "my runs/test"]
    assert found["report"] == ["report", "my runs/test", "-o", "report.html"]
    assert found["figure"] == ["figure", "my runs/test", "-o", "curves.pdf"]
    assert found["cite"] == ["cite", "my runs/test", "-o", "archive.zip"]
    assert found["one run"] == ["reproduce", f"my runs/test/{plan.runs[0].spec.id}"]


def test_a_sweep_that_was_stopped_is_told_how_to_go_on_and_gets_no_commands(plan_of):
    lines = printed(print_closing, plan_of(), Result(stopped=KeyboardInterrupt()))
    assert "stopped; run the same command again to continue from where it stopped" in lines
    assert commands(lines) == {}


def test_faults_and_what_wandb_has_come_first_and_are_not_read_as_markup(plan_of):
    result = Result(faults=["lsgan: [/red] gone"], tracking=["3 runs recorded [offline]"])
    lines = printed(print_closing, plan_of(), result)
    assert lines[:2] == ["FAILED lsgan: [/red] gone", "3 runs recorded [offline]"]


@pytest.mark.parametrize("folder", ["runs [old]", "[/bold]"])
def test_a_folder_is_named_as_it_is(plan_of, folder):
    plan = plan_of(folder=folder)
    for show, arguments in ((print_plan, (plan,)), (print_closing, (plan, Result()))):
        assert any(f"{folder}/test" in line for line in printed(show, *arguments) if "record" in line)
