"""From a plan to finished runs: real processes, the mirror's among them."""

from __future__ import annotations

import io
import json
import os
import re
from dataclasses import replace

import pytest
from rich.console import Console

from ganlab.engines import StoppedError
from ganlab.engines.local import LocalEngine
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.lease import hold
from ganlab.sweeps.launch import _announced, launch
from ganlab.sweeps.plan import make_plan
from ganlab.sweeps.schema import load_sweep

SHORT = ("steps=4", "evaluation={every: 2, samples: 100}", "log_every=2")


def engine(workers: int = 1) -> LocalEngine:
    return LocalEngine(["cpu"] * workers)


class Stopped(LocalEngine):
    """An engine whose user presses Ctrl-C before anything is done."""

    def __init__(self):
        super().__init__(["cpu"] * 2)

    def run(self, jobs, listener):
        raise StoppedError


class Mirrored(LocalEngine):
    """An engine whose jobs mirror their runs; they are done."""

    def __init__(self):
        super().__init__(["cpu"] * 2)

    def capacity(self):
        return replace(super().capacity(), mirrored=True)

    def run(self, jobs, listener):
        listener.on_note("a note")


@pytest.fixture(autouse=True)
def _no_wandb(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")


@pytest.fixture
def plan_of(tmp_path, specs_of):
    def plan(*overrides: str):
        specs_of()
        sweep = load_sweep(tmp_path / "test.yaml", [*SHORT, *overrides])
        return make_plan(sweep, tmp_path / "runs", slots=2, compiled=False)

    return plan


def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def finished(plan) -> set[str]:
    return {run.spec.label for run in plan.runs if RunDirectory(run.folder).summary() is not None}


def test_the_fault_of_one_job_leaves_the_others_and_the_next_launch_does_what_is_missing(plan_of):
    plan = plan_of("variants=[vanilla,lsgan]")  # which finds nothing wrong; the damage comes later
    broken = plan.runs[0].folder / "checkpoint.pt"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"not a checkpoint")
    seen = console()
    result = launch(plan, engine(2), seen)
    (fault,) = result.faults
    assert fault.startswith(f"vanilla: {broken} is no checkpoint, or a damaged one")
    assert fault in seen.file.getvalue()
    assert not result.stopped
    assert finished(plan) == {"lsgan"}
    assert json.loads((plan.folder / "sweep.json").read_text())["runs"] == [run.spec.id for run in plan.runs]
    broken.unlink()
    rest = plan_of("variants=[vanilla,lsgan]")
    assert [job.title for job in rest.jobs] == ["vanilla"]
    assert launch(rest, engine(2), console()).faults == []
    assert finished(plan) == {"vanilla", "lsgan"}


def test_where_jobs_mirror_their_runs_the_launcher_does_not_and_notes_are_printed(plan_of):
    plan, seen = plan_of(), console()
    assert launch(plan, Mirrored(), seen).tracking == []
    assert not (plan.folder / "mirror.log").exists()
    assert "a note" in seen.file.getvalue()


def test_a_second_launch_with_other_settings_is_refused_and_writes_nothing(plan_of):
    first, second = plan_of(), plan_of("batch_size=8")
    with (
        _announced(first),
        pytest.raises(InputError, match=r"another launcher \(process \d+ on .*\) works on .*test with other settings"),
    ):
        launch(second, engine(), console())
    assert list(first.folder.iterdir()) == []


def test_a_second_launch_of_other_seeds_and_rows_is_not_refused(plan_of):
    with _announced(plan_of()):
        assert launch(plan_of("seeds=[1]"), engine(), console()).faults == []
        assert launch(plan_of("variants=lsgan"), engine(), console()).faults == []


def test_the_runs_of_a_sweep_are_mirrored_by_one_of_its_launchers(plan_of):
    plan = plan_of()
    plan.folder.mkdir(parents=True)
    with hold([plan.folder], kind="mirror"):
        result = launch(plan, engine(), console())
    (line,) = result.tracking
    assert re.fullmatch(rf"W&B is left to .*\(process {os.getpid()} on .*\); .*: ganlab wandb sync .*test", line)


def test_a_second_launch_in_which_a_row_has_another_meaning_is_refused(plan_of):
    with (
        _announced(plan_of()),
        pytest.raises(InputError, match=r"works on .*test with other settings"),
    ):
        launch(plan_of("variants=[{name: vanilla, critic_steps: 2}]"), engine(), console())


def test_a_folder_that_cannot_be_made_is_one_sentence(plan_of, tmp_path):
    plan = plan_of()
    (tmp_path / "runs").write_text("a file")
    with pytest.raises(InputError, match=r"cannot write to .*runs/test: .*; choose another folder with --runs"):
        launch(plan, engine(), console())


def test_a_launch_that_is_stopped_says_so_and_lets_go_of_the_folder(plan_of):
    plan = plan_of()
    result = launch(plan, Stopped(), console())
    assert result.stopped
    assert result.faults == []
    assert finished(plan) == set()
    assert launch(plan_of(), engine(), console()).faults == []
