"""The real client online while its server, or the network to it, fails and returns."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import wandb
from recorder import Recorder, mirror, w1
from waiting import wait_until
from wandb_stand_in import Outage, WandbStandIn

from ganlab.record.files import read_json
from ganlab.tracking import wandb_tracker
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker

RUNS = 8


def rows(server: WandbStandIn, seed: int) -> list[tuple[int, float]]:
    return [(row["global_step"], row["w1"]) for row in server.runs[f"gaussian_1d-gaussian-lsgan-{seed}"].rows]


def written(stop: int) -> list[tuple[int, float]]:
    return [(step, w1(step)) for step in range(0, stop, 100)]


@pytest.mark.slow
@pytest.mark.parametrize("outage", Outage)
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
    monkeypatch.setitem(wandb_tracker.LEAN_SETTINGS, "finish_timeout", 3.0)
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
