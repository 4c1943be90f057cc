"""Damaged sweeps: what is damaged is named, the rest is trained, and whoever follows the advice has a table again."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import time

import pytest

from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.results import build, read_runs, render
from ganlab.sweeps.plan import make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.training import load_trained


class Damaged:
    """A sweep of two seeds that is done, or was broken off, and that is planned again."""

    def __init__(self, folder, train) -> None:
        self.folder = folder
        self.train = train
        self.first, self.second = (run.folder for run in self.plan().runs)

    def plan(self):
        file = self.folder / "test.yaml"
        return make_plan(load_sweep(file, ["seeds=0..1"]), self.folder / "runs", 1, compiled=False)

    def launch(self, stop_at=None):
        """Train what the plan says is left."""
        plan = self.plan()
        write_plan(plan)
        for job in plan.jobs:
            for run in plan.runs_of(job):
                self.train([run.spec], folder=plan.folder, stop_at=stop_at)
        return plan

    def table(self):
        return render(build(read_runs([str(self.folder / "runs/test")])), "md")

    def follow(self, advice):
        """Run the command that it ends with, or remove the folder that it names."""
        command = advice.partition("rm -r ")[2]
        shutil.rmtree(shlex.split(command)[0] if command else self.first)


@pytest.fixture
def damaged(tmp_path, specs_of, train):
    specs_of()
    return Damaged(tmp_path, train)


def rewrite(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


HARMS = {
    "spec.json is no JSON": lambda first, second: (first / "spec.json").write_text("{"),
    "spec.json of a later schema": lambda first, second: rewrite(first / "spec.json", schema_version=99),
    "spec.json of another revision": lambda first, second: rewrite(first / "spec.json", revision=1),
    "spec.json of another run": lambda first, second: shutil.copy(second / "spec.json", first),
    "checkpoint of nothing": lambda first, second: [one.write_bytes(b"") for one in first.glob("*.pt")],
    "checkpoint of another run": lambda first, second: shutil.copy(second / "checkpoint.pt", first),
    "rows lost": lambda first, second: (first / "metrics.jsonl").write_text(""),
    "a row broken": lambda first, second: (first / "metrics.jsonl").write_text("{\n"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_run_that_was_broken_off_and_damaged_is_set_aside_and_the_advice_leads_to_the_table(damaged, harm):
    damaged.launch(stop_at=15)
    HARMS[harm](damaged.first, damaged.second)
    plan = damaged.launch()
    assert [run.state for run in plan.runs] == ["damaged", "continue"]
    assert RunDirectory(damaged.second).is_done()
    damaged.follow(plan.runs[0].fault)
    assert [run.state for run in damaged.launch().runs] == ["new", "done"]
    assert "| vanilla" in damaged.table()


HARMS_TO_RESULTS = {
    "summary of another run": lambda first, second: shutil.copy(second / "summary.json", first),
    "summary edited": lambda first, second: rewrite(first / "summary.json", global_step=41),
    "summary is no JSON": lambda first, second: (first / "summary.json").write_text("{"),
}


@pytest.mark.parametrize("harm", HARMS_TO_RESULTS)
def test_a_damaged_result_is_set_aside_and_the_advice_leads_to_the_same_table(damaged, harm):
    damaged.launch()
    before = damaged.table()
    HARMS_TO_RESULTS[harm](damaged.first, damaged.second)
    plan = damaged.launch()
    assert [run.state for run in plan.runs] == ["damaged", "done"]
    damaged.follow(plan.runs[0].fault)
    assert [run.state for run in damaged.launch().runs] == ["new", "done"]
    assert damaged.table() == before


def test_the_spec_of_a_run_that_is_done_is_written_again(damaged):
    damaged.launch()
    before, spec = damaged.table(), (damaged.first / "spec.json").read_bytes()
    (damaged.first / "spec.json").unlink()
    with pytest.raises(InputError, match=r"runs that cannot be read .*; bring them back, or launch the sweep again"):
        damaged.table()
    assert [run.state for run in damaged.launch().runs] == ["done", "done"]
    assert (damaged.first / "spec.json").read_bytes() == spec
    assert damaged.table() == before


def test_without_a_checkpoint_training_does_not_begin_again_in_silence(damaged):
    damaged.launch(stop_at=15)
    (damaged.first / "checkpoint.pt").unlink()
    plan = damaged.plan()
    assert [run.state for run in plan.runs] == ["new", "continue"]
    assert (
        plan.runs[0].fault == f"{damaged.first} has rows up to iteration 10 and no checkpoint, so that it begins again"
    )
    assert plan.runs[1].fault == ""


def test_a_lost_checkpoint_of_a_run_that_is_done_is_named_and_the_advice_leads_to_samples(damaged):
    damaged.launch()
    (damaged.first / "checkpoint.pt").unlink()
    with pytest.raises(InputError, match=r"checkpoint\.pt is not there; bring back the one") as refused:
        load_trained(RunDirectory(damaged.first))
    damaged.follow(str(refused.value))
    damaged.launch()
    assert len(load_trained(RunDirectory(damaged.first)).sample(10)) == 10


@pytest.mark.parametrize("content", ["{", "{}", '{"runs": null}', "[]"])
def test_a_damaged_list_of_runs_is_removed_and_written_again(damaged, content):
    damaged.launch()
    before, listing = damaged.table(), damaged.folder / "runs/test/sweep.json"
    listing.write_text(content)
    for reads in (damaged.table, damaged.launch):
        with pytest.raises(InputError, match=r"sweep\.json is no list of runs; remove it"):
            reads()
    listing.unlink()
    damaged.launch()
    assert damaged.table() == before


def test_clocks_and_time_zones_change_nothing(damaged, monkeypatch):
    """Files that seem to be of another century, and a zone in which it is another day."""
    damaged.launch()
    before = damaged.table()
    states = [RunDirectory(one).summary().state_sha256 for one in (damaged.first, damaged.second)]
    shutil.rmtree(damaged.folder / "runs")
    damaged.launch(stop_at=15)
    for seconds, path in zip((0, 2**32), (damaged.first, damaged.second), strict=True):
        for file in path.rglob("*"):
            os.utime(file, (seconds, seconds))
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert [run.state for run in damaged.launch().runs] == ["continue", "continue"]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [RunDirectory(one).summary().state_sha256 for one in (damaged.first, damaged.second)] == states
    assert damaged.table() == before
