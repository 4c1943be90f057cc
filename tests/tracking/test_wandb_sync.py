"""Offline runs brought by the real client to a server on the loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from recorder import Recorder, mirror, w1
from waiting import wait_until
from wandb_stand_in import Outage, WandbStandIn

from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.results.wandb_runs import wandb_runs
from ganlab.tracking.mirror import Mirror
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_sync import upload
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker


@pytest.fixture
def offline(server: WandbStandIn, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Mirrors recorded runs offline, although there is a login."""

    def send(*recorders: Recorder) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("WANDB_MODE", "offline")
            mirror(*recorders)

    return send


def test_offline_runs_are_uploaded_whole_and_once(
    server: WandbStandIn, offline: Callable[..., None], sweep: Path, record: Callable[..., Recorder]
) -> None:
    offline(*(record(seed).train(0, 400).finish() for seed in (0, 1)), record(2).train(0, 200))
    assert str(upload(sweep)) == "gaussian_1d: 3 uploaded"
    assert {name: ([row["w1"] for row in run.rows], run.state) for name, run in server.runs.items()} == {
        "gaussian_1d-gaussian-lsgan-0": ([w1(step) for step in (0, 100, 200, 300)], "finished"),
        "gaussian_1d-gaussian-lsgan-1": ([w1(step) for step in (0, 100, 200, 300)], "finished"),
        "gaussian_1d-gaussian-lsgan-2": ([w1(step) for step in (0, 100)], "failed"),
    }
    asked = len(server.asked)
    assert str(upload(sweep)) == "gaussian_1d: 3 already there"
    assert len(server.asked) == asked


def test_uploading_leaves_nothing_in_the_working_directory(
    server: WandbStandIn,
    offline: Callable[..., None],
    sweep: Path,
    record: Callable[..., Recorder],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offline(record(0).train(0, 200).finish())
    here = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(here)
    assert upload(sweep).uploaded == 1
    assert list(here.iterdir()) == []


def test_a_run_that_went_on_after_its_upload_is_uploaded_whole(
    server: WandbStandIn, offline: Callable[..., None], sweep: Path, record: Callable[..., Recorder]
) -> None:
    offline(record().train(0, 200))
    upload(sweep)
    offline(record().train(200, 400).finish())
    assert str(upload(sweep)) == "gaussian_1d: 1 uploaded"
    run = server.runs["gaussian_1d-gaussian-lsgan-0"]
    assert [row["global_step"] for row in run.rows] == [0, 100, 200, 300]
    assert (run.summary["status"], run.state) == ("finished", "finished")


def test_a_run_that_began_online_and_went_on_offline_is_uploaded_from_there(
    server: WandbStandIn, offline: Callable[..., None], sweep: Path, record: Callable[..., Recorder]
) -> None:
    mirror(record().train(0, 200))
    offline(record().train(200, 300))
    offline(record().train(300, 400).finish())
    assert str(upload(sweep)) == "gaussian_1d: 1 uploaded"
    run = server.runs["gaussian_1d-gaussian-lsgan-0"]
    assert [row["global_step"] for row in run.rows] == [0, 100, 200, 300]
    assert (run.summary["status"], run.state) == ("finished", "finished")


@pytest.mark.slow
def test_a_run_whose_mirror_was_killed_comes_back_whole(
    server: WandbStandIn,
    offline: Callable[..., None],
    sweep: Path,
    record: Callable[..., Recorder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorder = record().train(0, 200)
    with monkeypatch.context() as patch:
        patch.setenv("WANDB_MODE", "offline")
        killed = Mirror(sweep)
        killed.watch(recorder.path)
        wait_until(lambda: (recorder.path / "wandb.json").exists())
        time.sleep(2)  # W&B's client writes to the disk once a second
        killed._process.kill()
        killed.finish(timeout_s=10)
    assert str(upload(sweep)) == "gaussian_1d: 1 uploaded"
    assert server.runs["gaussian_1d-gaussian-lsgan-0"].rows

    offline(recorder.train(200, 400).finish())
    assert str(upload(sweep)) == "gaussian_1d: 1 uploaded"
    (run,) = wandb_runs("someone/ganlab")
    assert run.origin.rows() == recorder.run.metrics()
    assert run.summary == recorder.run.summary()


@pytest.mark.slow
def test_an_upload_that_was_killed_is_done_again_without_doubles(
    server: WandbStandIn, offline: Callable[..., None], sweep: Path, record: Callable[..., Recorder]
) -> None:
    offline(record().train(0, 400).finish())
    server.outage = Outage.LOSES_ANSWERS
    killed = subprocess.Popen([sys.executable, "-m", "ganlab", "wandb", "sync", sweep], stderr=subprocess.DEVNULL)
    wait_until(lambda: any("file_stream" in path for path in server.suffered))
    killed.kill()
    killed.wait()
    server.outage = None
    assert str(upload(sweep)) == "gaussian_1d: 1 uploaded"
    assert [row["w1"] for row in server.runs["gaussian_1d-gaussian-lsgan-0"].rows] == [
        w1(step) for step in (0, 100, 200, 300)
    ]


def test_a_run_that_is_being_written_is_left(
    server: WandbStandIn,
    sweep: Path,
    record: Callable[..., Recorder],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    recorder = record().train(0, 200)
    run = MirroredRun(recorder.run, WandbTracker(WandbSession()))
    run.update()
    assert str(upload(sweep)) == "gaussian_1d: 1 still being written, upload later"
    assert server.runs == {}

    recorder.train(200, 400).finish()
    run.update()
    run.finish()
    assert str(upload(sweep)) == "gaussian_1d: 1 uploaded"
    assert len(server.runs["gaussian_1d-gaussian-lsgan-0"].rows) == 4


def test_the_command_does_all_sweeps_and_tells_what_failed(
    server: WandbStandIn, offline: Callable[..., None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "runs" / "first", tmp_path / "runs" / "second"
    offline(*(Recorder(folder, seed).train(0, 200).finish() for folder in (first, second) for seed in (0, 1)))
    server.forbidden = {"second-gaussian-lsgan-1"}
    assert main(["wandb", "sync"]) == 1
    assert capsys.readouterr().out == (
        "runs/first: 2 uploaded\nruns/second: 1 uploaded, 1 failed (permission denied)\n"
    )
    server.forbidden = set()
    assert main(["wandb", "sync", "runs/second"]) == 0
    assert capsys.readouterr().out == "runs/second: 1 uploaded, 1 already there\n"


def test_a_mode_of_recording_does_not_forbid_to_upload(
    server: WandbStandIn, offline: Callable[..., None], sweep: Path, record: Callable[..., Recorder], monkeypatch
) -> None:
    offline(record().train(0, 200).finish())
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert main(["wandb", "sync", str(sweep)]) == 0
    assert list(server.runs) == ["gaussian_1d-gaussian-lsgan-0"]


def test_without_a_login_nothing_is_tried(
    lone_wandb: None, record: Callable[..., Recorder], capsys: pytest.CaptureFixture[str]
) -> None:
    mirror(record().train(0, 200).finish())
    assert main(["wandb", "sync", "gaussian_1d"]) == 2
    assert capsys.readouterr().err == ("ganlab: W&B cannot be reached: no login found, `wandb login` makes one\n")
    assert main(["wandb", "sync", "gaussian_1d", "nowhere"]) == 2
    assert "there is no folder 'nowhere'" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(server: WandbStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match="there is no folder 'nowhere'"):
        upload(Path("nowhere"))
    assert main(["wandb", "sync"]) == 2
    assert "there is no sweep under runs with runs for W&B" in capsys.readouterr().err
