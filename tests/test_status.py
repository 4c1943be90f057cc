"""``ganlab work``, ``status``, ``stop``, ``retry`` and ``sweep --plan-only``: one sweep, from several commands."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ganlab.cli import main
from ganlab.engines.work import job_of
from ganlab.record import RunDirectory
from ganlab.record import lease as lease_module
from ganlab.record.lease import hold
from ganlab.record.progress import JobProgress, read_progress
from ganlab.sweeps import plan_of_failed, record
from ganlab.sweeps.plan import unlisted

HERE = f"process {os.getpid()} on {re.escape(socket.gethostname())}"


@pytest.fixture
def sweep(tmp_path, specs_of, monkeypatch, capsys):
    """The folder of a sweep of two rows and two seeds that is planned, and none of whose runs has begun."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    specs_of()
    assert main(["sweep", "test.yaml", "variants=[vanilla,lsgan]", "seeds=0..1", "--plan-only", "--no-compile"]) == 0
    return tmp_path / "runs/test"


def run_of(sweep, name: str) -> str:
    (folder,) = sweep.glob(f"{name}-*")
    return f"runs/test/{folder.name}"


def fail(sweep, name: str, reason: str) -> None:
    """Leave what a job leaves that has failed."""
    folder = sweep.parents[1] / run_of(sweep, name)
    failed = {"iteration": 0, "start": 0, "steps": 40, "alive": 0, "device": "cpu"}
    JobProgress(runs=(folder.name,), phase="failed", reason=reason, **failed).write(folder)


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "ganlab", *arguments], capture_output=True, text=True)


def test_a_plan_alone_writes_the_directories_and_prints_the_commands_that_train_them(sweep, capsys):
    lines = capsys.readouterr().out.splitlines()
    commands = [line for line in lines if line.startswith("ganlab work")]
    assert [len(re.findall("runs/test/", line)) for line in commands] == [2, 2]
    assert all("--no-compile" in line for line in commands)
    assert len(json.loads((sweep / "sweep.json").read_text())["runs"]) == 4
    assert {path.name for run in sweep.glob("*/") for path in run.iterdir()} == {"spec.json"}


def test_work_trains_what_its_directories_say_and_the_sweep_finds_it_done(sweep, capsys):
    runs = [run_of(sweep, "vanilla-s0"), run_of(sweep, "vanilla-s1")]
    done = command("work", "--no-compile", *runs)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(RunDirectory(run).summary() for run in runs)
    capsys.readouterr()
    assert main(["status", "runs/test"]) == 0
    assert capsys.readouterr().out == "4 runs: 2 done, 0 at work, 2 waiting, 0 failed\n"


def test_a_run_that_work_is_given_twice_is_trained_once(sweep):
    run = run_of(sweep, "vanilla-s0")
    job = job_of([Path(run), Path(f"{run}/"), sweep.parents[1] / run])
    assert [folder.resolve() for folder in job.runs] == [(sweep.parents[1] / run).resolve()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["work", "nowhere"], "there is no nowhere/spec.json"),
        (["work", "RUN", "--device", "cuda:9"], "there is no device 'cuda:9'"),
        (["work", "HELD"], "is held by HERE, which works on it; wait for it, or stop it"),
        (["status", "nowhere"], "there is no sweep in nowhere; name a sweep's folder"),
        (["stop", "nowhere"], "there is no sweep in nowhere"),
        (["retry", "runs/test"], "no run in runs/test has failed; 'ganlab status runs/test' says how far they are"),
        (["sweep", "test.yaml", "--engine", "slrum"], "unknown engine 'slrum'; did you mean 'slurm'?"),
        (["sweep", "test.yaml", "--devices", "cuda:9"], "there is no device 'cuda:9'"),
        (["sweep", "test.yaml", "--engine-option", "workers"], "write KEY=VALUE"),
        (["sweep", "test.yaml", "--engine-option", "wrokers=2"], "engine 'local': unknown key 'wrokers'"),
        (
            ["sweep", "test.yaml", "engine={name: local, workers: two}"],
            "engine 'local': 'workers' is 'two'; it must be a whole number",
        ),
    ],
)
def test_what_cannot_be_done_is_one_sentence(sweep, capsys, arguments, message):
    names = {"RUN": run_of(sweep, "vanilla-s0"), "HELD": run_of(sweep, "lsgan-s0")}
    with hold([sweep.parents[1] / names["HELD"]]):
        if arguments[0] == "work":  # which takes its process over
            done = command(*(names.get(one, one) for one in arguments))
            status, error = done.returncode, done.stderr
        else:
            status, error = main(arguments), capsys.readouterr().err
    assert (status, error.count("\n")) == (2, 1)
    assert message.replace("HERE", HERE) in error


def test_status_tells_who_works_on_what_and_what_failed_and_why(sweep, capsys):
    runs = [sweep.parents[1] / run_of(sweep, f"vanilla-s{seed}") for seed in (0, 1)]
    for name in ("lsgan-s0", "lsgan-s1"):
        fail(sweep, name, "its process ended with code -9")
    capsys.readouterr()
    ids = tuple(run.name for run in runs)
    progress = JobProgress(
        runs=ids, phase="training", iteration=10, start=0, steps=40, alive=2, rate=6, device="cuda:1"
    )
    with hold(runs, about={"job": runs[0].name}):
        progress.write(runs[0])
        assert main(["status", "runs/test"]) == 1
    first, at_work, failed = capsys.readouterr().out.splitlines()
    assert first == "4 runs: 0 done, 2 at work, 0 waiting, 2 failed"
    assert re.fullmatch(
        rf"  {ids[0]} and 1 more: {HERE}, cuda:1, 10/40, 6 seed-it/s, 0:00:10 left, 2 of 2 alive", at_work
    )
    assert re.fullmatch(r"  FAILED lsgan-s0-\w+ and 1 more: its process ended with code -9", failed)


def test_status_does_not_import_torch(sweep):
    code = "import sys; from ganlab.cli import main; main(['status', 'runs/test']); print('torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert answer.splitlines()[-1] == "False"


def test_stop_waits_until_nobody_works_on_the_sweep_and_the_next_launch_goes_on(sweep, capsys, monkeypatch):
    monkeypatch.setattr(lease_module, "SECONDS_BETWEEN_SIGNS", 0.1)
    runs = [sweep.parents[1] / run_of(sweep, "vanilla-s0")]
    asked = threading.Event()

    def work_until_asked():
        with hold(runs):
            while not (sweep / "stop").exists():
                time.sleep(0.01)
            asked.set()

    thread = threading.Thread(target=work_until_asked)
    thread.start()
    while not list(runs[0].glob("*.lease")):
        time.sleep(0.01)
    capsys.readouterr()
    assert main(["stop", "runs/test"]) == 0
    assert asked.is_set()
    thread.join()
    assert "0 at work, 4 waiting, 0 failed; asked to end" in capsys.readouterr().out
    done = command("work", "--no-compile", run_of(sweep, "vanilla-s0"))
    assert done.returncode == 130
    assert done.stderr.startswith("ganlab: the sweep was asked to end by 'ganlab stop'; launch it again")
    assert done.stderr.count("\n") == 1
    assert main(["sweep", "test.yaml", "--no-compile"]) == 0
    assert not (sweep / "stop").exists()


def test_a_sweep_that_was_stopped_and_is_planned_again_is_trained_by_work(sweep):
    assert main(["stop", "runs/test"]) == 0
    assert main(["sweep", "test.yaml", "variants=[vanilla,lsgan]", "seeds=0..1", "--plan-only", "--no-compile"]) == 0
    done = command("work", "--no-compile", run_of(sweep, "vanilla-s0"))
    assert (done.returncode, done.stderr) == (0, "")


def test_retry_trains_the_runs_that_failed_and_no_others(sweep, capsys):
    fail(sweep, "vanilla-s1", "its process ended with code -9")
    assert main(["retry", "runs/test", "--no-compile"]) == 0
    assert {run.name[:10] for run in sweep.glob("*/") if RunDirectory(run).is_done()} == {"vanilla-s1"}
    assert len(json.loads((sweep / "sweep.json").read_text())["runs"]) == 4
    assert read_progress(sweep.parents[1] / run_of(sweep, "vanilla-s1")) is None


@pytest.mark.parametrize("index", [False, True])
def test_retry_leaves_runs_that_were_gathered_without_a_sweep_in_the_table(sweep, index):
    ids = sorted(run.name for run in sweep.glob("*/"))
    if index:
        ids = ids[::-1]
        (sweep / "sweep.json").write_text(json.dumps({"signature": None, "runs": ids}))
    else:
        (sweep / "sweep.json").unlink()
    fail(sweep, "vanilla-s1", "its process ended with code -9")
    plan, _ = plan_of_failed(Path("runs/test"), {})
    assert unlisted(plan) == []
    record(plan)
    assert json.loads((sweep / "sweep.json").read_text()) == {"signature": None, "runs": ids}
