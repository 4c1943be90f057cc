"""Runs of a project, chosen and read back with the real client from a server on the loopback."""

# ruff: noqa: F811 (fixtures are imported)

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from recorder import Recorder, mirror
from wandb_stand_in import WandbStandIn
from wandb_stand_in.fixtures import lone_wandb, server  # noqa: F401 (fixtures)

from ganlab.errors import InputError
from ganlab.record.files import write_json
from ganlab.results.wandb_runs import wandb_runs

PLACE = "someone/ganlab"
Sent = Callable[..., Recorder]


@pytest.fixture
def sent(server: WandbStandIn, tmp_path: Path) -> Sent:
    """Records a run of a seed, finished or diverged, and mirrors it."""

    def send(seed: int, *, sweep: str = "gaussian_1d", diverged_at: int | None = None) -> Recorder:
        recorder = Recorder(tmp_path / sweep, seed).train(0, 400)
        mirror(recorder.finish("diverged" if diverged_at else "finished", diverged_at))
        return recorder

    return send


def seeds(filters: Sequence[str] = ()) -> list[int]:
    return [run.seed for run in wandb_runs(PLACE, filters)]


def refusal(place: str = PLACE, filters: Sequence[str] = ()) -> str:
    with pytest.raises(InputError) as caught:
        wandb_runs(place, filters)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_filters_choose_by_state_and_by_any_key_of_the_config(sent: Sent) -> None:
    sent(0), sent(1, diverged_at=350), sent(2, sweep="other")
    assert seeds(["sweep=gaussian_1d"]) == [0, 1]
    assert seeds(["seed=2"]) == [2]
    assert seeds(["state=failed"]) == [1]
    assert seeds(["variant=lsgan", "sweep=other"]) == [2]
    assert seeds(["generator_optimizer.lr=0.001"]) == [0, 1, 2]
    assert seeds(["label=lsgan, lr=1e-4", "seed=0"]) == [0]


def test_runs_come_in_the_order_of_their_sweeps(sent: Sent, tmp_path: Path) -> None:
    (tmp_path / "gaussian_1d").mkdir()
    write_json(tmp_path / "gaussian_1d" / "sweep.json", {"runs": ["seed-3", "seed-0", "seed-1"]})
    for seed in (0, 9, 3, 1):
        sent(seed)
    sent(2, sweep="other")
    assert seeds() == [3, 0, 1, 9, 2]


def test_all_pages_are_read(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.results.wandb_runs.RUNS_A_QUERY", 2)
    for seed in range(5):
        sent(seed)
    assert seeds() == [0, 1, 2, 3, 4]


def test_long_histories_are_read_whole(server: WandbStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganlab.results.wandb_runs.ROWS_A_QUERY", 7)
    recorder = Recorder(tmp_path / "gaussian_1d").train(0, 3000, every=1000).finish()
    mirror(recorder)
    (run,) = wandb_runs(PLACE)
    assert run.origin.rows() == recorder.run.metrics()
    assert server.asked.count("HistoryPage") == 5


def test_a_row_that_was_sent_twice_stands_once(server: WandbStandIn, sent: Sent) -> None:
    recorder = sent(0)
    served = server.runs["gaussian_1d-gaussian-lsgan-0"]
    served.rows += served.rows[:2]
    (run,) = wandb_runs(PLACE)
    assert run.origin.rows() == recorder.run.metrics()


def test_pictures_between_rows_are_not_rows(server: WandbStandIn, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "gaussian_1d").train(0, 200)
    recorder.save_samples(150)
    mirror(recorder.train(200, 300).finish())
    (run,) = wandb_runs(PLACE)
    assert run.origin.rows() == recorder.run.metrics()


def test_a_run_that_was_broken_off_and_went_on_comes_back_whole(server: WandbStandIn, tmp_path: Path) -> None:
    folder = tmp_path / "gaussian_1d"
    folder.mkdir()
    write_json(folder / "sweep.json", {"runs": ["seed-0"]})
    mirror(Recorder(folder).train(0, 300))
    (run,) = wandb_runs(PLACE)
    assert run.summary is None
    assert [row["global_step"] for row in run.origin.rows()] == [0, 100, 200]

    write_json(folder / "sweep.json", {"runs": ["seed-1", "seed-0"]})
    recorder = Recorder(folder)
    recorder.run.rewind(100)
    mirror(recorder.train(200, 500).finish())
    assert server.runs["gaussian_1d-gaussian-lsgan-0"].config["sweep_position"]["value"] == 1
    (run,) = wandb_runs(PLACE)
    assert (run.spec_file, run.summary) == (recorder.spec, recorder.run.summary())
    assert run.origin.rows() == recorder.run.metrics()


def test_a_run_that_lacks_its_spec_is_named_and_can_be_sent_again(server: WandbStandIn, sent: Sent) -> None:
    recorder = sent(0)
    served = server.runs["gaussian_1d-gaussian-lsgan-0"]
    for key in ("spec_json", "sweep_position"):
        del served.config[key]
    del served.summary["summary_json"]
    assert refusal().startswith("the W&B run gaussian_1d-gaussian-lsgan-0 lacks its whole spec or summary; ")

    (recorder.path / "wandb.json").unlink()
    mirror(recorder)
    (run,) = wandb_runs(PLACE)
    assert run.origin.rows() == recorder.run.metrics()
    assert run.summary == recorder.run.summary()


def test_an_unknown_project_is_named(sent: Sent) -> None:
    sent(0)
    assert refusal("someone/ganlap").startswith("cannot read someone/ganlap in W&B: Could not find project ganlap; ")


def test_a_filter_that_nothing_passes_is_named(sent: Sent) -> None:
    sent(0)
    message = refusal(filters=["sweep=gaussian_1d", "seed=7"])
    assert message == "no run in someone/ganlab passes --filter sweep=gaussian_1d --filter seed=7"


@pytest.mark.parametrize("text", ["sweep", "=x", "sweep="])
def test_a_filter_without_key_or_value_is_refused(text: str) -> None:
    assert "is not KEY=VALUE" in refusal(filters=[text])


@pytest.mark.parametrize("place", ["ganlab", "a/b/c", "/ganlab", ""])
def test_a_place_is_an_entity_and_a_project(place: str) -> None:
    assert refusal(place) == f"'wandb:{place}' names no project; write wandb:ENTITY/PROJECT"


def test_without_a_login_there_is_a_sentence(lone_wandb: pytest.MonkeyPatch) -> None:
    assert refusal() == "W&B cannot be reached: no login found, `wandb login` makes one"


def test_a_server_that_does_not_answer_is_named(lone_wandb: pytest.MonkeyPatch) -> None:
    lone_wandb.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    lone_wandb.setenv("WANDB_API_KEY", "0" * 40)
    lone_wandb.setenv("WANDB_HTTP_TIMEOUT", "1")
    assert refusal() == "W&B cannot be reached: http://127.0.0.1:9 does not answer, or not to this login"


def test_a_run_that_is_not_as_it_was_sent_is_refused(server: WandbStandIn, sent: Sent) -> None:
    sent(0)
    assert seeds() == [0]
    served = server.runs["gaussian_1d-gaussian-lsgan-0"]
    served.summary["summary_json"] = served.summary["summary_json"].replace('"finished"', '"diverged"')
    assert "gaussian_1d-gaussian-lsgan-0 was changed after it was written: its checksum differs" in refusal()
