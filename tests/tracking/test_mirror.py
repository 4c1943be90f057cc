"""The mirror as a process of its own, with the real W&B client offline."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from recorder import Recorder
from waiting import wait_until
from wandb_files import offline_runs
from wandb_stand_in import WandbStandIn

from ganlab.record.files import read_json
from ganlab.tracking.mirror import Mirror

pytestmark = pytest.mark.usefixtures("lone_wandb")


def follow(mirror: Mirror, *recorders: Recorder) -> None:
    for recorder in recorders:
        mirror.watch(recorder.path)


def in_wandb(recorder: Recorder) -> bool:
    return (recorder.path / "wandb.json").exists()


def has_ended(pid: int) -> bool:
    try:
        return "State:\tZ" in Path(f"/proc/{pid}/status").read_text()  # a zombie
    except OSError:
        return True


@pytest.mark.slow
def test_a_sweep_is_mirrored_beside_its_training(sweep: Path, record: Callable[..., Recorder]) -> None:
    mirror = Mirror(sweep)
    for seed in range(3):
        mirror.watch(sweep / f"seed-{seed}")  # none of them exists yet, and seed 2 never will
    first, second = record(0), record(1)
    for start in (0, 200):
        first.train(start, start + 200)
        second.train(start, start + 200)
        wait_until(lambda: in_wandb(first) and in_wandb(second))
    first.finish()
    wait_until(lambda: read_json(first.path / "wandb.json")["complete"])
    second.train(400, 500)

    assert mirror.finish(timeout_s=60) == [
        "W&B: 2 runs offline (no login found, `wandb login` makes one); "
        "upload later with: ganlab wandb sync gaussian_1d"
    ]
    runs = offline_runs(sweep)
    assert {name: len(run.rows) for name, run in runs.items()} == {
        "gaussian_1d-gaussian-lsgan-0": 4,
        "gaussian_1d-gaussian-lsgan-1": 5,
    }
    assert [run.summary["status"] for run in runs.values()] == ["finished", "stopped"]
    assert all("samples" in row for run in runs.values() for row in run.rows)
    assert len(list(sweep.glob("seed-*/samples/*.png"))) == 9


@pytest.mark.slow
def test_a_run_that_wandb_refuses_is_reported_and_the_others_go_on(
    sweep: Path, record: Callable[..., Recorder]
) -> None:
    refused, good = record(0, run_id="no:such?id").train(0, 200).finish(), record(1).train(0, 200).finish()
    mirror = Mirror(sweep)
    follow(mirror, refused, good)
    told, complaint = mirror.finish(timeout_s=60)
    assert told.startswith("W&B: 1 run offline ")
    assert complaint.startswith("W&B is incomplete (1 of 2 runs; the first: ")
    assert complaint.endswith(
        "; see gaussian_1d/mirror.log). Nothing is lost; send the rest with: ganlab wandb sync gaussian_1d"
    )
    assert "Traceback" in (sweep / "mirror.log").read_text()
    assert list(offline_runs(sweep)) == ["gaussian_1d-gaussian-lsgan-1"]
    assert len(list(refused.path.glob("samples/*.png"))) == 2


@pytest.mark.slow
def test_after_a_kill_the_command_that_it_names_makes_wandb_whole(
    server: WandbStandIn, sweep: Path, record: Callable[..., Recorder]
) -> None:
    mirror, recorder = Mirror(sweep), record().train(0, 200)
    follow(mirror, recorder)
    wait_until(lambda: in_wandb(recorder))
    mirror._process.kill()
    mirror._process.wait()
    recorder.train(200, 400).finish()
    mirror.watch(recorder.path)
    (complaint,) = mirror.finish(timeout_s=60)
    assert complaint.startswith("W&B is incomplete (the mirror ended with status -9; ")

    command = complaint.split("send the rest with: ")[1].replace("ganlab", f"{sys.executable} -m ganlab", 1)
    done = subprocess.run(command, shell=True, check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "gaussian_1d: 1 uploaded\n"
    run = server.runs["gaussian_1d-gaussian-lsgan-0"]
    assert [row["global_step"] for row in run.rows] == [0, 100, 200, 300]
    assert run.summary["status"] == "finished"


@pytest.mark.slow
def test_when_the_trainer_dies_the_mirror_sends_what_is_on_the_disk_and_ends(
    sweep: Path, record: Callable[..., Recorder]
) -> None:
    recorder = record().train(0, 300)
    trainer = (
        "import os, signal, sys, time; from pathlib import Path; from ganlab.tracking.mirror import Mirror;"
        "mirror = Mirror(Path(sys.argv[1])); mirror.watch(Path(sys.argv[2]));"
        "print(mirror._process.pid, flush=True)\n"
        "while not (Path(sys.argv[2]) / 'wandb.json').exists(): time.sleep(0.05)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    died = subprocess.run(
        [sys.executable, "-c", trainer, sweep, recorder.path], capture_output=True, text=True, check=False
    )
    assert died.returncode == -signal.SIGKILL
    wait_until(lambda: has_ended(int(died.stdout)))
    run = offline_runs(sweep)["gaussian_1d-gaussian-lsgan-0"]
    assert [row["global_step"] for row in run.rows] == [0, 100, 200]
    assert run.summary["status"] == "stopped"


def test_a_mirror_that_was_killed_does_not_touch_the_trainer(sweep: Path, record: Callable[..., Recorder]) -> None:
    mirror = Mirror(sweep)
    mirror._process.kill()
    mirror._process.wait()
    recorder = record().train(0, 200)
    follow(mirror, recorder)
    recorder.train(200, 400).finish()
    assert len(recorder.run.metrics()) == 4
    assert [line[:70] for line in mirror.finish(timeout_s=10)] == [
        "W&B is incomplete (the mirror ended with status -9; see gaussian_1d/mi"
    ]


def test_a_mirror_that_hangs_does_not_hold_up_the_trainer(sweep: Path) -> None:
    mirror = Mirror(sweep)
    os.kill(mirror._process.pid, signal.SIGSTOP)
    start = time.monotonic()
    for seed in range(3000):  # far more than a pipe holds
        mirror.watch(sweep / f"seed-{seed}")
    assert [line[:60] for line in mirror.finish(timeout_s=0.2)] == [
        "W&B is incomplete (the mirror was not done within 0.2 s; see"
    ]
    assert time.monotonic() - start < 5


@pytest.mark.slow
def test_folders_and_reports_in_any_characters_reach_the_mirror_and_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    recorder = Recorder(tmp_path / "gr\u00f6\u00dfe\n\u8eab\u9ad8", 0, run_id="long").train(0, 200).finish()
    mirror = Mirror(recorder.path.parent)
    follow(mirror, recorder)
    (told,) = mirror.finish(timeout_s=60)
    assert told.startswith("W&B: 1 run offline (")
    assert told.endswith("upload later with: ganlab wandb sync $'gr\u00f6\u00dfe\\n\u8eab\u9ad8'")


def test_ctrl_c_in_the_terminal_does_not_reach_the_mirror(sweep: Path) -> None:
    mirror = Mirror(sweep)
    assert os.getsid(mirror._process.pid) != os.getsid(0)
    mirror._process.kill()
    mirror.finish(timeout_s=10)


def test_the_trainer_imports_neither_wandb_nor_matplotlib_nor_torch(tmp_path: Path) -> None:
    check = (
        "import sys, ganlab.tracking;"
        "from ganlab.record import RunDirectory; from ganlab.tracking import Mirror;"
        "assert not {'wandb', 'matplotlib', 'torch'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", check], check=True, cwd=tmp_path)
