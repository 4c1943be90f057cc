"""The real client online while its server, or the network to it, fails and returns."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import wandb
from recorder import Recorder, mirror, w1
from waiting import wait_until
from wandb_stand_in import Outage, WandbStandIn

from ganlab.cli import main
from ganlab.record.files import read_json
from ganlab.record.run_directory import runs_in
from ganlab.tracking import wandb_settings
from ganlab.tracking.mirror import SECONDS_FOR_MIRROR, Mirror
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_sync import upload
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker

RUNS = 8
OUTLASTED = (Outage.REFUSES, Outage.RATE_LIMITED, Outage.SILENT, Outage.LOSES_ANSWERS)
"""After these the client sends by itself what it could not."""


def rows(server: WandbStandIn, seed: int) -> list[tuple[int, float]]:
    return [(row["global_step"], row["w1"]) for row in server.runs[f"gaussian_1d-gaussian-lsgan-{seed}"].rows]


def written(stop: int) -> list[tuple[int, float]]:
    return [(step, w1(step)) for step in range(0, stop, 100)]


def shown(server: WandbStandIn, seed: int) -> tuple[Any, ...]:
    """All that the server has of a run but for the times."""
    run = server.runs[f"gaussian_1d-gaussian-lsgan-{seed}"]
    rows = [{key: row[key] for key in ("_step", "global_step", "w1", "gap", "samples")} for row in run.rows]
    pictures = [run.files.get(row["samples"]["path"]) for row in rows]
    return rows, pictures, run.summary["status"], run.state


def some(outages: Iterable[Outage], *kept: Outage) -> list[Any]:
    """All `outages`, of which CI suffers those that are `kept`."""
    return [pytest.param(one, id=one.name, marks=() if one in kept else pytest.mark.long) for one in outages]


@pytest.mark.slow
@pytest.mark.parametrize("outage", some(OUTLASTED, Outage.RATE_LIMITED))
def test_all_rows_of_eight_runs_arrive_once_when_the_network_returns(
    server: WandbStandIn, record: Callable[..., Recorder], outage: Outage
) -> None:
    session = WandbSession()
    recorders = [record(seed).train(0, 200) for seed in range(RUNS)]
    runs = [MirroredRun(recorder.run, WandbTracker(session)) for recorder in recorders]
    for run in runs:
        run.update()

    server.outage = outage
    for start in (200, 400, 600):
        for recorder, run in zip(recorders, runs, strict=True):
            recorder.train(start, start + 200)
            run.update()
        time.sleep(1)
    wait_until(lambda: any("file_stream" in path for path in server.suffered))
    server.outage = None
    for recorder, run in zip(recorders, runs, strict=True):
        recorder.train(800, 1000).finish()
        run.update()
    with ThreadPoolExecutor(RUNS) as pool:
        list(pool.map(MirroredRun.finish, runs))
    wandb.teardown()

    assert [run.fault for run in runs] == [None] * RUNS
    assert {seed: rows(server, seed) for seed in range(RUNS)} == {seed: written(1000) for seed in range(RUNS)}
    assert {run.state for run in server.runs.values()} == {"finished"}
    assert session.report() == [f"W&B: {RUNS} runs at {server.url}/someone/ganlab"]


@pytest.mark.slow
def test_what_an_outage_kept_back_at_the_end_is_sent_when_the_mirror_runs_again(
    server: WandbStandIn, sweep: Path, record: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(wandb_settings.LEAN_SETTINGS, "finish_timeout", 3.0)
    recorder = record().train(0, 200)
    run = MirroredRun(recorder.run, WandbTracker(WandbSession()))
    run.update()
    server.outage = Outage.REFUSES
    recorder.train(200, 400).finish()
    run.update()
    run.finish()
    wandb.teardown()
    assert run.fault is not None
    assert not read_json(recorder.path / "wandb.json")["complete"]

    server.outage = None
    mirror(recorder)
    assert rows(server, 0) == written(400)
    assert read_json(recorder.path / "wandb.json")["complete"]


@pytest.mark.slow
@pytest.mark.parametrize("outage", some(Outage, Outage.WRONG_KEY, Outage.LOSES_ANSWERS))
def test_what_never_reached_the_server_is_brought_there_by_sync(
    server: WandbStandIn,
    sweep: Path,
    record: Callable[..., Recorder],
    monkeypatch: pytest.MonkeyPatch,
    outage: Outage,
) -> None:
    monkeypatch.setitem(wandb_settings.LEAN_SETTINGS, "finish_timeout", 3.0)
    mirror(record(1).train(0, 400).finish())
    recorder = record().train(0, 200)
    run = MirroredRun(recorder.run, WandbTracker(WandbSession()))
    run.update()
    server.outage = outage
    recorder.train(200, 400).finish()
    run.update()
    run.finish()
    wandb.teardown()
    assert run.fault is not None
    assert not read_json(recorder.path / "wandb.json")["complete"]

    server.outage = None
    assert str(upload(sweep)) == "gaussian_1d: 1 uploaded, 1 already there"
    assert shown(server, 0) == shown(server, 1)
    assert None not in shown(server, 0)[1]


def test_pictures_that_the_server_lost_are_brought_there_with_a_run_that_goes_on(
    server: WandbStandIn, record: Callable[..., Recorder]
) -> None:
    mirror(record(1).train(0, 400).finish(), record().train(0, 200))
    run = server.runs["gaussian_1d-gaussian-lsgan-0"]
    (lost,) = (name for name in run.files if name.startswith("media/images/samples_100_"))
    del run.files[lost]
    mirror(record().train(200, 400).finish())
    assert shown(server, 0) == shown(server, 1)


def follow(sweep: Path, recorder: Recorder) -> Mirror:
    """A mirror in a process of its own that has begun to send a run."""
    mirror = Mirror(sweep)
    mirror.watch(recorder.path)
    wait_until(lambda: (recorder.path / "wandb.json").exists())
    return mirror


def require_one_warning(lines: list[str], server: WandbStandIn) -> None:
    assert len(lines) == 2, lines
    place, warning = lines
    assert place == f"W&B: 1 run at {server.url}/someone/ganlab"
    assert warning.startswith("W&B is incomplete (1 of 1 runs; the first: ")
    assert warning.endswith("Nothing is lost; send the rest with: ganlab wandb sync gaussian_1d")


@pytest.mark.slow
@pytest.mark.parametrize("outage", some([Outage.SILENT, Outage.WRONG_KEY], Outage.WRONG_KEY))
def test_the_end_of_a_sweep_waits_half_a_minute_at_most_and_one_line_warns(
    server: WandbStandIn, sweep: Path, record: Callable[..., Recorder], outage: Outage
) -> None:
    mirror(record(1).train(0, 400).finish())
    recorder = record().train(0, 200)
    following = follow(sweep, recorder)
    server.outage = outage
    recorder.train(200, 400).finish()
    start = time.monotonic()
    lines = following.finish(SECONDS_FOR_MIRROR)
    assert time.monotonic() - start < SECONDS_FOR_MIRROR + 1
    require_one_warning(lines, server)
    server.outage = None
    assert main(["wandb", "sync", str(sweep)]) == 0
    assert shown(server, 0) == shown(server, 1)


@pytest.fixture
def small_disk(sweep: Path) -> Iterator[Path]:
    """The sweep's folder as a disk of its own, of one megabyte."""
    sweep.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(sweep)], check=False).returncode:
        pytest.skip("may not mount a file system")
    yield sweep
    subprocess.run(["umount", "--lazy", str(sweep)], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return filler


@pytest.mark.slow
def test_a_disk_that_is_full_for_the_client_is_one_line_and_sync_sends_the_rest(
    server: WandbStandIn, small_disk: Path, record: Callable[..., Recorder], tmp_path: Path
) -> None:
    mirror(Recorder(tmp_path / "undisturbed" / "gaussian_1d", 1).train(0, 400).finish())
    recorder = record().train(0, 200)
    following = follow(small_disk, recorder)
    os.kill(following._process.pid, signal.SIGSTOP)
    recorder.train(200, 400).finish()
    filler = fill(small_disk)
    os.kill(following._process.pid, signal.SIGCONT)
    require_one_warning(following.finish(SECONDS_FOR_MIRROR), server)
    filler.unlink()
    assert str(upload(small_disk)) == "gaussian_1d: 1 uploaded"
    assert shown(server, 0) == shown(server, 1)


SWEEP = """
name: short
data: {name: gaussian}
variants: [lsgan]
seeds: [0, 1]
steps: 200
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 50, samples: 500}
log_every: 10
"""


@pytest.mark.slow
@pytest.mark.long
def test_a_sweep_whose_server_never_answers_finishes_and_sync_sends_all_of_it(
    server: WandbStandIn, tmp_path: Path
) -> None:
    (tmp_path / "short.yaml").write_text(SWEEP)
    server.outage = Outage.SILENT
    command = [sys.executable, "-m", "ganlab", "sweep", "short.yaml", "--no-compile"]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    ended = time.time()
    folder = tmp_path / "runs" / "short"
    assert ended - max(path.stat().st_mtime for path in folder.glob("*/summary.json")) < SECONDS_FOR_MIRROR + 10
    assert len([line for line in output.splitlines() if line.startswith("W&B")]) == 1
    server.outage = None
    assert main(["wandb", "sync", str(folder)]) == 0
    for run in runs_in(folder):
        rows = server.runs[f"short-{run.path.name}"].rows
        assert [row["global_step"] for row in rows] == [row["global_step"] for row in run.metrics()]
        assert len([row for row in rows if row.get("samples", {}).get("path")]) == 4
