"""With the real client: offline, read back from its files; online, against a server on the loopback."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import wandb
from recorder import Recorder, mirror, w1
from records import spec_file
from wandb_files import offline_runs
from wandb_stand_in import WandbStandIn

from ganlab.record.files import read_json
from ganlab.results.wandb_runs import wandb_runs
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker

STEPS = [0, 100, 200, 300]


def summary_of(summary: dict[str, object]) -> dict[str, object]:
    """Without what the client adds of its own, pictures, and the whole of summary.json."""
    left_out = ("samples", "summary_json")
    return {key: value for key, value in summary.items() if not key.startswith("_") and key not in left_out}


def test_an_offline_run_holds_all_of_the_run_directory(
    lone_wandb: None, sweep: Path, record: Callable[..., Recorder]
) -> None:
    recorder = record(7).train(0, 200, every=200)
    recorder.save_samples(150)
    recorder.train(200, 400, every=200).finish()
    report = mirror(recorder)

    run = offline_runs(sweep)["gaussian_1d-gaussian-lsgan-7"]
    assert [(row["_step"], row["global_step"], row["w1"]) for row in run.rows if "w1" in row] == [
        (step, step, w1(step)) for step in STEPS
    ]
    pictures = {row["global_step"]: row["samples"]["path"] for row in run.rows if "samples" in row}
    assert {step: (run.folder / "files" / path).read_bytes() for step, path in pictures.items()} == {
        step: (recorder.path / "samples" / f"{step:08d}.png").read_bytes() for step in (0, 150, 200)
    }
    assert [math.isnan(row["gap"]) for row in run.rows if "w1" in row] == [True] * 4
    spec = recorder.spec.record()
    assert {key: run.config[key] for key in spec} == spec
    assert list(json.loads(run.config["spec_json"]).items()) == list(spec.items())
    assert json.loads(run.summary["summary_json"]) == recorder.run.summary().record()
    assert math.isnan(run.summary.pop("gap"))
    assert summary_of(run.summary) == {
        "global_step": 300,
        "w1": w1(300),
        "status": "finished",
        "final/w1": 0.125,
        "best/w1": 0.0625,
    }
    assert run.step_metrics["*"] == "global_step"
    assert (run.run.project, run.run.display_name) == ("ganlab", "gaussian-lsgan-7")
    assert (run.run.run_group, run.run.job_type) == ("gaussian_1d/gaussian/lsgan, lr=1e-4", "train")
    assert list(run.run.tags) == ["gaussian_1d", "lsgan", "gaussian"]
    assert run.exit_code == 0
    assert read_json(recorder.path / "wandb.json") == {
        "id": "gaussian_1d-gaussian-lsgan-7",
        "mode": "offline",
        "folder": f"wandb/{run.folder.name}",
        "first_step": 0,
        "last_step": 300,
        "complete": True,
    }
    assert report == [
        "W&B: 1 run offline (no login found, `wandb login` makes one); upload later with: ganlab wandb sync gaussian_1d"
    ]


def test_a_diverged_run_is_marked(lone_wandb: None, sweep: Path, record: Callable[..., Recorder]) -> None:
    mirror(record().train(0, 400).finish(status="diverged", diverged_at=350))
    run = offline_runs(sweep)["gaussian_1d-gaussian-lsgan-0"]
    assert run.summary["status"] == "diverged"
    assert run.summary["diverged_at"] == 350
    assert "final/w1" not in run.summary
    assert "diverged" in run.run.tags
    assert run.exit_code == 1


def test_a_run_that_goes_on_offline_is_left_once_and_whole(
    lone_wandb: None, sweep: Path, record: Callable[..., Recorder]
) -> None:
    mirror(record().train(0, 300))
    stopped = offline_runs(sweep)["gaussian_1d-gaussian-lsgan-0"]
    assert (stopped.summary["status"], stopped.exit_code) == ("stopped", 1)
    assert "stopped" in stopped.run.tags
    assert not read_json(sweep / "seed-0" / "wandb.json")["complete"]

    mirror(record().train(300, 400).finish())
    run = offline_runs(sweep)["gaussian_1d-gaussian-lsgan-0"]
    assert [row["global_step"] for row in run.rows] == STEPS
    assert (run.summary["status"], run.exit_code) == ("finished", 0)


def test_a_complete_run_is_not_sent_again(lone_wandb: None, sweep: Path, record: Callable[..., Recorder]) -> None:
    recorder = record().train(0, 300).finish()
    mirror(recorder)
    before = sorted(sweep.rglob("*"))
    assert mirror(recorder) == []
    assert sorted(sweep.rglob("*")) == before


def test_an_online_run_arrives_whole(
    server: WandbStandIn, record: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_PROJECT", "my-gans")
    recorders = [record(seed).train(0, 400, every=300).finish() for seed in (0, 1)]
    report = mirror(*recorders)

    assert sorted(server.runs) == ["gaussian_1d-gaussian-lsgan-0", "gaussian_1d-gaussian-lsgan-1"]
    run = server.runs["gaussian_1d-gaussian-lsgan-1"]
    assert [(row["_step"], row["global_step"], row["w1"]) for row in run.rows] == [
        (step, step, w1(step)) for step in STEPS
    ]
    pictures = {row["global_step"]: run.files[row["samples"]["path"]] for row in run.rows if "samples" in row}
    assert pictures == {step: (recorders[1].path / "samples" / f"{step:08d}.png").read_bytes() for step in (0, 300)}
    spec = {key: value for key, value in recorders[1].spec.record().items() if value != {}}
    spec["prior"] = {"name": "normal"}  # W&B leaves out what is empty
    assert {key: run.config[key]["value"] for key in spec} == spec
    assert summary_of(run.summary)["best/w1"] == 0.0625
    assert (run.project, run.group, run.job_type) == ("my-gans", "gaussian_1d/gaussian/lsgan, lr=1e-4", "train")
    assert run.exit_code == 0
    assert report == [f"W&B: 2 runs at {server.url}/someone/my-gans"]


def test_a_run_that_goes_on_online_sends_no_row_twice(server: WandbStandIn, record: Callable[..., Recorder]) -> None:
    mirror(record().train(0, 300))
    run = server.runs["gaussian_1d-gaussian-lsgan-0"]
    assert [row["global_step"] for row in run.rows] == [0, 100, 200]
    assert (run.tags[-1], run.exit_code) == ("stopped", 1)
    first = json.dumps(run.rows)

    recorder = record()
    recorder.run.rewind(100)
    mirror(recorder.train(200, 400).finish())
    assert [row["global_step"] for row in run.rows] == STEPS
    assert json.dumps(run.rows[:3]) == first
    pictures = [name for name in run.uploads if name.startswith("media/")]
    assert sorted(pictures) == sorted(row["samples"]["path"] for row in run.rows)
    assert run.tags == ["gaussian_1d", "lsgan", "gaussian"]
    assert (run.summary["status"], run.exit_code) == ("finished", 0)


def test_without_a_server_all_runs_go_offline_after_one_attempt(
    lone_wandb: None, sweep: Path, record: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    monkeypatch.setenv("WANDB_HTTP_TIMEOUT", "1")
    recorders = [record(seed).train(0, 400).finish() for seed in (0, 1)]
    (line,) = mirror(*recorders)
    assert line.startswith("W&B: 2 runs offline (http://127.0.0.1:9 does not answer, or not to this login); ")
    assert sorted(offline_runs(sweep)) == ["gaussian_1d-gaussian-lsgan-0", "gaussian_1d-gaussian-lsgan-1"]
    assert not list(sweep.glob("wandb/run-*"))


def test_after_a_run_that_the_server_refuses_the_others_are_offline(
    server: WandbStandIn, sweep: Path, record: Callable[..., Recorder]
) -> None:
    server.forbidden = {"gaussian_1d-gaussian-lsgan-1"}
    session = WandbSession()
    runs = [MirroredRun(record(seed).train(0, 400).finish().run, WandbTracker(session)) for seed in range(3)]
    for run in runs:
        run.update()
        run.finish()
    wandb.teardown()
    assert [run.fault is not None for run in runs] == [False, True, False]
    assert len(server.runs["gaussian_1d-gaussian-lsgan-0"].rows) == 4
    assert list(offline_runs(sweep)) == ["gaussian_1d-gaussian-lsgan-2"]
    online, offline = session.report()
    assert online == f"W&B: 1 run at {server.url}/someone/ganlab"
    assert "permission denied" in offline


@pytest.mark.parametrize("mode", ["offline", "dryrun"])
def test_offline_is_respected_even_with_a_login(
    server: WandbStandIn,
    sweep: Path,
    record: Callable[..., Recorder],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
) -> None:
    monkeypatch.setenv("WANDB_MODE", mode)
    (line,) = mirror(record().train(0, 400).finish())
    assert line.startswith("W&B: 1 run offline (as its settings ask); upload later with: ")
    assert list(offline_runs(sweep)) == ["gaussian_1d-gaussian-lsgan-0"]
    assert server.runs == {}


def test_disabled_leaves_nothing_but_pictures(
    server: WandbStandIn, sweep: Path, record: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "disabled")
    assert mirror(record().train(0, 400).finish()) == []
    assert sorted(path.name for path in sweep.iterdir()) == ["seed-0"]
    assert not (sweep / "seed-0" / "wandb.json").exists()
    assert len(list(sweep.glob("seed-0/samples/*.png"))) == 4


def test_a_mode_that_wandb_does_not_know_is_ignored_and_mentioned(
    server: WandbStandIn, record: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offlin")
    lines = mirror(record().train(0, 400).finish())
    assert lines == [
        "W&B: ignored WANDB_MODE='offlin'; it knows online, offline and disabled",
        f"W&B: 1 run at {server.url}/someone/ganlab",
    ]


LONG = "n" * 100
"""As long as the name of a sweep or a label may be."""


def record_long(tmp_path: Path) -> list[Recorder]:
    """Two runs whose ids, labels and data differ at their ends alone."""
    recorders = []
    for seed in (10, 11):
        recorder = Recorder(tmp_path / LONG, seed, run_id=f"{LONG}-s{seed}-0123abcd")
        names = {"label": f"{LONG[:98]}{seed}", "dataset": f"folder(path={'d' * 300}\n{seed})"}
        recorder.spec = spec_file(**{**recorder.spec.record(), **names})
        (recorder.path / "spec.json").unlink()
        recorder.run.open(recorder.spec)
        recorders.append(recorder.train(0, 200).finish())
    return recorders


def test_long_names_are_cut_for_wandb_and_stay_different(lone_wandb: None, tmp_path: Path) -> None:
    recorders = record_long(tmp_path)
    mirror(*recorders)
    runs = offline_runs(tmp_path / LONG)
    assert len(runs) == 2
    for what in ("run_id", "display_name", "run_group"):
        names = {getattr(run.run, what) for run in runs.values()}
        assert len(names) == 2
        assert all(len(name) <= 128 and name.isprintable() and name.startswith("nnn") for name in names)
    tags = {tag for run in runs.values() for tag in run.run.tags}
    assert len(tags) == 4  # one sweep and variant, two data sets
    assert all(1 <= len(tag) <= 64 and tag.isprintable() for tag in tags)
    assert {run.config["id"] for run in runs.values()} == {recorder.spec.id for recorder in recorders}
    before = sorted((tmp_path / LONG).rglob("*"))
    mirror(*recorders)
    assert sorted((tmp_path / LONG).rglob("*")) == before, "they are known to be complete"


def test_long_names_come_back_whole_from_the_server(server: WandbStandIn, tmp_path: Path) -> None:
    recorders = record_long(tmp_path)
    mirror(*recorders)
    assert len(server.runs) == 2
    runs = wandb_runs("someone/ganlab", [f"sweep={LONG}"])
    assert [run.spec_file for run in runs] == [recorder.run.spec() for recorder in recorders]
    assert [run.id for run in runs] == [recorder.spec.id for recorder in recorders]
