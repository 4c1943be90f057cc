"""Trials of a W&B sweep: in this process as an agent starts them, and by real agents of a server on the loopback."""

# ruff: noqa: F811 (fixtures are imported)

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from wandb_stand_in import WandbStandIn
from wandb_stand_in.fixtures import lone_wandb, server  # noqa: F401 (fixtures)
from wandb_stand_in.sweeps import ServedSweep

from ganlab.cli import main
from ganlab.engines.wandb_jobs import write_jobs
from ganlab.engines.wandb_trial import do_trial
from ganlab.engines.work import work
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.lease import hold
from ganlab.record.stop import ask_to_end
from ganlab.sweeps.plan import Plan, make_plan, write_plan
from ganlab.sweeps.schema import load_sweep
from ganlab.tracking.wandb_sync import upload


@pytest.fixture
def plan(tmp_path, specs_of) -> Plan:
    specs_of()
    plan = make_plan(load_sweep(tmp_path / "test.yaml", ["seeds=0..1"]), tmp_path / "runs", slots=1, compiled=False)
    write_plan(plan)
    return plan


def as_agents_start_it(plan: Plan, server: WandbStandIn, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """The exit code of the trial of the plan's only job, and what it says."""
    (job,) = plan.jobs
    server.store.sweeps["sweep0"] = ServedSweep("sweep0", "ganlab-sweeps", "method: grid")
    for name, value in {"RUN_ID": "trial0", "SWEEP_ID": "sweep0", "PROJECT": "ganlab-sweeps"}.items():
        monkeypatch.setenv(f"WANDB_{name}", value)
    said: list[str] = []
    return do_trial(write_jobs(plan.jobs, "ganlab"), job.runs[0].name, said.append), said


def test_a_trial_whose_runs_are_done_ends_at_once_and_successfully(plan, server, monkeypatch) -> None:
    work(plan.jobs[0], patience=0)
    assert as_agents_start_it(plan, server, monkeypatch) == (0, ["vanilla: was done already"])
    (run,) = server.runs.values()
    assert (run.name, run.sweep, run.project, run.job_type) == ("trial0", "sweep0", "ganlab-sweeps", "trial")
    assert (run.state, run.summary["outcome"]) == ("finished", "was done already")


def test_what_a_trial_starts_knows_nothing_of_the_sweep(plan, server, monkeypatch) -> None:
    work(plan.jobs[0], patience=0)
    as_agents_start_it(plan, server, monkeypatch)
    left = {name for name in os.environ if name.startswith("WANDB_")}
    assert left & {"WANDB_RUN_ID", "WANDB_SWEEP_ID", "WANDB_SWEEP_PARAM_PATH", "WANDB_SERVICE"} == set()
    assert os.environ["WANDB_PROJECT"] == "ganlab"


def test_runs_that_somebody_works_on_are_left_to_them(plan, server, monkeypatch) -> None:
    with hold(plan.jobs[0].runs):
        code, (said,) = as_agents_start_it(plan, server, monkeypatch)
    assert code == 0
    assert said.startswith(f"vanilla: is left to others: {plan.jobs[0].runs[0]} is held by process {os.getpid()} on ")
    assert server.runs["trial0"].state == "finished"


def test_a_sweep_that_is_asked_to_end_gets_no_more_trials(plan, server, monkeypatch) -> None:
    ask_to_end(plan.folder)
    assert as_agents_start_it(plan, server, monkeypatch) == (130, ["vanilla: was not begun, for its sweep is ended"])
    assert server.store.sweeps["sweep0"].state == "FINISHED"
    assert server.runs["trial0"].exit_code == 130
    assert not server.runs["trial0"].preempting


@pytest.mark.parametrize("device", ["cuda:9", "cuda"])
def test_a_device_that_is_not_there_is_a_sentence(plan, server, monkeypatch, device) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    plan = replace(plan, jobs=(replace(plan.jobs[0], device=device),))
    try:
        code, said = as_agents_start_it(plan, server, monkeypatch)
    except InputError as error:
        code, said = 2, [str(error)]
    assert code == 2
    assert re.search("there is no device .*: torch sees 0 CUDA devices here", said[-1])


def test_trials_leave_the_import_of_torch_to_their_workers() -> None:
    code = "import sys, ganlab.engines.wandb_trial; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_a_trial_without_a_list_is_a_sentence(capsys) -> None:
    assert main(["wandb", "trial", "nowhere.json", "--population", "one"]) == 2
    assert "there is no file nowhere.json here" in capsys.readouterr().err


SWEEP = """
name: shared
data: {name: gaussian}
variants: [vanilla, wgan-gp]
seeds: 0..1
steps: 200
batch_size: 16
builder: {name: mlp, widths: [8]}
evaluation: {every: 40, samples: 500}
log_every: 20
"""


def agent(path: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "wandb", "agent", "--forward-signals", path])


@pytest.mark.slow
def test_two_agents_make_the_table_of_the_local_engine_although_one_is_stopped(
    server: WandbStandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str], lone_wandb: pytest.MonkeyPatch
) -> None:
    file, sweep = tmp_path / "shared.yaml", tmp_path / "agents" / "shared"
    file.write_text(SWEEP)
    assert main(["wandb", "sweep", str(file), "--no-compile", "--runs", str(sweep.parent)]) == 0
    path = capsys.readouterr().out.split()[-1]
    (served,) = server.store.sweeps.values()
    one = agent(path)
    while not served.given:
        time.sleep(0.05)
    other = agent(path)
    run = sweep / served.given["trial0"]
    while not RunDirectory(run).metrics():
        time.sleep(0.02)
    one.send_signal(signal.SIGTERM)
    assert one.wait() == 0
    assert not RunDirectory(run).is_done()
    assert (run / "checkpoint.pt").exists()
    with lone_wandb.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        assert main(["sweep", str(file), "--no-compile", "--runs", str(tmp_path / "local")]) == 0
    assert other.wait() == 0

    assert served.agents == {"trial0": "agent0", "trial1": "agent1", "trial2": "agent1"}
    assert served.given["trial2"] == run.name
    assert [server.runs[trial].exit_code for trial in served.given] == [75, 0, 0]
    assert upload(sweep).failed == 0  # nothing, unless the machine was too busy for the trials' mirrors
    for folder in sweep.glob("*/spec.json"):
        mirrored = server.runs[f"shared-{folder.parent.name}"]
        assert (mirrored.project, mirrored.sweep, mirrored.state) == ("ganlab", "", "finished")
        steps = [row["global_step"] for row in RunDirectory(folder.parent).metrics()]
        assert [row["global_step"] for row in mirrored.rows if "train/generator_loss" in row] == steps

    capsys.readouterr()
    tables = []
    for folder in (sweep, tmp_path / "local" / "shared"):
        assert main(["table", str(folder)]) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]
    assert main(["wandb", "sweep", str(file), "--no-compile", "--runs", str(sweep.parent)]) == 0
    assert capsys.readouterr().out.endswith("nothing is left to be trained\n")
    assert len(server.store.sweeps) == 1
