"""Jobs registered as a W&B sweep with a server on the loopback, and how the launcher sees others do them."""

# ruff: noqa: F811 (fixtures are imported)

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable

import pytest
import yaml
from wandb_stand_in import Outage, WandbStandIn
from wandb_stand_in.fixtures import lone_wandb, server  # noqa: F401 (fixtures)

from ganlab.engines import Listener, StoppedError, make_engine, wandb_agents
from ganlab.engines.job import Job
from ganlab.engines.wandb_agents import WandbAgents, WandbOptions
from ganlab.engines.wandb_jobs import read_jobs
from ganlab.engines.work import work
from ganlab.errors import InputError
from ganlab.record.lease import hold
from ganlab.record.progress import read_progress
from ganlab.record.stop import ask_to_end, is_asked_to_end
from ganlab.sweeps.plan import Plan, make_plan, write_plan
from ganlab.sweeps.schema import load_sweep


@pytest.fixture
def plan(tmp_path, specs_of) -> Plan:
    specs_of()
    sweep = load_sweep(tmp_path / "test.yaml", ["variants=[vanilla,lsgan]"])
    plan = make_plan(sweep, tmp_path / "runs", slots=1, compiled=False)
    write_plan(plan)
    return plan


class Launcher:
    """What an engine tells; the sweep being registered, somebody does its jobs."""

    def __init__(self, does: Callable[[], None]) -> None:
        self.notes: list[str] = []
        self.told: list[tuple[str, ...]] = []
        self._does = does
        self._listener = Listener(
            on_start=lambda job: self.told.append((job.title, "starts")),
            on_end=lambda job, outcome: self.told.append((job.title, outcome.kind, outcome.reason)),
            on_wait=lambda job, reason: self.told.append((job.title, reason)),
            on_note=self._on_note,
        )

    def run(self, jobs) -> Launcher:
        WandbAgents(WandbOptions(), "cpu").run(jobs, self._listener)
        return self

    def told_of(self, job: Job) -> list[tuple[str, ...]]:
        return [told[1:] for told in self.told if told[0] == job.title]

    def _on_note(self, line: str) -> None:
        self.notes.append(line)
        if line.startswith("wandb agent"):
            threading.Thread(target=self._does, daemon=True).start()


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch):
    monkeypatch.setattr(wandb_agents, "SECONDS_BETWEEN_LOOKS", 0.02)


def test_a_registered_sweep_is_a_grid_of_populations_that_a_file_lists(plan, server: WandbStandIn) -> None:
    lines = WandbAgents(WandbOptions(), "cpu").register(plan.jobs)
    assert lines[-1] == "wandb agent --forward-signals someone/ganlab-sweeps/sweep0"
    assert "WANDB_PROJECT" not in os.environ
    (sweep,) = server.store.sweeps.values()
    config = yaml.safe_load(sweep.config)
    names = [job.runs[0].name for job in plan.jobs]
    (file,) = plan.folder.glob("wandb-*.json")
    assert (sweep.project, config["name"], config["method"]) == ("ganlab-sweeps", "test", "grid")
    assert config["parameters"] == {"population": {"values": names}}
    assert config["command"] == [sys.executable, "-m", "ganlab", "wandb", "trial", str(file), "${args}"]
    listed = read_jobs(file)
    assert listed.project == "ganlab"
    assert [listed.job(name, plan.folder).runs for name in names] == [job.runs for job in plan.jobs]
    with pytest.raises(InputError, match=r"no population in .* begins with the run 'other'"):
        listed.job("other", plan.folder)


def test_the_launcher_sees_jobs_begin_and_end_wherever_they_are_done(plan, server: WandbStandIn) -> None:
    first, second = plan.jobs
    (second.runs[0] / "checkpoint.pt").write_bytes(b"text")
    launcher = Launcher(lambda: [work(job, patience=0) for job in plan.jobs]).run(plan.jobs)
    assert launcher.told_of(first) == [("starts",), ("done", "")]
    (_, (kind, reason)) = launcher.told_of(second)
    assert kind == "refused"
    assert "checkpoint.pt is no checkpoint, or a damaged one" in reason
    assert any("/ganlab-sweeps/sweeps/sweep0" in line for line in launcher.notes)


def test_the_failure_of_an_earlier_trial_is_none_of_the_next_launch(plan, server: WandbStandIn) -> None:
    job = plan.jobs[0]
    damaged = job.runs[0] / "checkpoint.pt"
    damaged.write_bytes(b"text")
    work(job, patience=0)
    assert read_progress(job.runs[0]).phase == "failed"
    damaged.unlink()
    launcher = Launcher(lambda: work(job, patience=0)).run([job])
    assert launcher.told_of(job)[-1] == ("done", "")


def test_a_job_that_its_agent_has_left_is_said_to_wait(plan, server: WandbStandIn, monkeypatch) -> None:
    monkeypatch.setattr(wandb_agents, "SECONDS_UNHELD", 0.1)
    job = plan.jobs[0]

    def die_and_be_replaced() -> None:
        with hold(job.runs):
            while not launcher.told:
                time.sleep(0.01)
        while len(launcher.told) < 2:
            time.sleep(0.01)
        work(job, patience=0)

    launcher = Launcher(die_and_be_replaced)
    launcher.run([job])
    assert launcher.told_of(job) == [("starts",), (wandb_agents.LEFT,), ("starts",), ("done", "")]


def test_ctrl_c_asks_the_trials_to_end_and_waits_until_they_have(plan, server: WandbStandIn, monkeypatch) -> None:
    job = plan.jobs[0]
    over = []

    def train_until_asked() -> None:
        with hold(job.runs):
            while not is_asked_to_end(plan.folder):
                time.sleep(0.01)
        over.append(True)

    launcher = Launcher(train_until_asked)
    usual = wandb_agents._Watch.look

    def press_ctrl_c(watch) -> bool:
        left = usual(watch)
        if launcher.told:
            raise KeyboardInterrupt
        return left

    monkeypatch.setattr(wandb_agents._Watch, "look", press_ctrl_c)
    with pytest.raises(StoppedError):
        launcher.run([job])
    assert over
    assert launcher.told_of(job) == [("starts",), ("ended", "")]


def test_a_sweep_that_is_asked_to_end_from_elsewhere_does(plan, server: WandbStandIn) -> None:
    with pytest.raises(StoppedError):
        Launcher(lambda: ask_to_end(plan.folder)).run(plan.jobs)


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("WANDB_MODE", "disabled", "W&B is disabled by WANDB_MODE or its settings, and its agents need its server"),
        ("WANDB_MODE", "offline", "W&B is offline by WANDB_MODE or its settings, and its agents need its server"),
        ("WANDB_API_KEY", "", "W&B cannot be reached: no login found"),
    ],
)
def test_a_server_that_cannot_be_used_is_a_sentence(
    server: WandbStandIn, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, why: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError, match=why):
        make_engine({"name": "wandb"}, "cpu")


def test_a_server_that_refuses_the_login_is_a_sentence(server: WandbStandIn) -> None:
    server.outage = Outage.WRONG_KEY
    with pytest.raises(InputError, match=r"W&B cannot be reached: http://127\.0\.0\.1:\d+ does not answer, or not to"):
        make_engine({"name": "wandb"}, "cpu")


def test_a_server_that_does_not_take_the_sweep_is_a_sentence(plan, server: WandbStandIn) -> None:
    engine = WandbAgents(WandbOptions(), "cpu")
    server.outage = Outage.WRONG_KEY
    with pytest.raises(InputError, match=r"W&B does not take the sweep: .*401"):
        engine.register(plan.jobs)


def test_no_agents_at_all_are_refused() -> None:
    with pytest.raises(InputError, match="workers"):
        make_engine({"name": "wandb", "workers": 0}, "cpu")
