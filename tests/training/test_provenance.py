"""What a run's record says about how it was made, and what it cost."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version

import pytest
from rich.console import Console

from ganlab.errors import InputError
from ganlab.sweeps.reproduce import reproduce
from ganlab.training import trainer as trainer_module
from ganlab.training.environment import describe_environment


def canonical_sha256(value) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def summary_of(training, index: int = 0):
    return training.directories[index].summary().record()


@pytest.fixture
def on_another_machine(monkeypatch):
    """Moves all later training there."""

    def move() -> None:
        def describe(*arguments):
            return describe_environment(*arguments).model_copy(update={"processor": "another"})

        monkeypatch.setattr(trainer_module, "describe_environment", describe)

    return move


class Clock:
    """A clock that moves by a second at every reading."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(trainer_module.time, "monotonic", clock)
    return clock


LEFT_OUT = ("schema_version", "id", "sweep", "label")


def test_the_hashes_are_those_of_the_spec_and_of_the_protocol_as_they_stand_in_the_files(specs_of, train):
    training = train(specs_of())
    spec = json.loads((training.directories[0].path / "spec.json").read_text())
    usual = {
        **{"plugins": [], "game": {}, "prior": {"name": "normal", "options": {}}, "clip_grad_norm": None},
        **{"lookahead": None, "packing": 1, "augment": None, "lecam": 0.0, "label_smoothing": 0.0, "evaluators": []},
        "primary": None,
    }
    assert usual.items() <= spec.items()
    identity = {key: value for key, value in spec.items() if key not in {*LEFT_OUT, *usual}}
    summary = summary_of(training)
    assert summary["spec_sha256"] == canonical_sha256(identity)
    assert spec["id"] == f"vanilla-s0-{summary['spec_sha256'][:8]}"
    assert summary["protocol_sha256"] == canonical_sha256(summary["protocol"])


def test_a_label_is_no_part_of_the_hash_and_a_setting_is(specs_of):
    plain, labelled, longer = (
        specs_of(*settings)[0].sha256 for settings in ((), ("variants=[{name: vanilla, label: mine}]",), ("steps=60",))
    )
    assert plain == labelled != longer


def test_the_environment_names_what_takes_part_in_results(specs_of, train):
    environment = summary_of(train(specs_of()))["environment"]
    assert environment["torchvision"] == version("torchvision")
    assert environment["torch_fidelity"] == version("torch-fidelity")
    assert {"git_commit", "git_dirty"} <= environment.keys()


def test_the_papers_of_all_parts_are_named(specs_of, train):
    papers = summary_of(train(specs_of("variants=wgan-gp")))["papers"]
    assert {"kind": "variant", "name": "wgan-gp", "paper": "arXiv:1704.00028"} in papers
    assert {"kind": "penalty", "name": "gradient_penalty", "paper": "arXiv:1704.00028"} in papers
    assert {"kind": "evaluator", "name": "wasserstein", "paper": "arXiv:1509.02237"} in papers


def test_a_run_that_was_not_moved_has_one_environment(specs_of, train, tmp_path):
    train(specs_of(), folder=tmp_path / "run", stop_at=20)
    summary = summary_of(train(specs_of(), folder=tmp_path / "run"))
    assert summary["environments"] == [{"from_step": 0, **summary["environment"]}]


def test_a_run_continued_elsewhere_keeps_where_it_began(specs_of, train, tmp_path, on_another_machine):
    train(specs_of(), folder=tmp_path / "run", stop_at=20)
    on_another_machine()
    summary = summary_of(train(specs_of(), folder=tmp_path / "run"))
    assert [entry["from_step"] for entry in summary["environments"]] == [0, 20]
    assert summary["environments"][0]["processor"] != "another"
    assert summary["environment"]["processor"] == summary["environments"][1]["processor"] == "another"


def test_a_start_of_which_nothing_was_kept_leaves_no_environment(specs_of, train, tmp_path, on_another_machine):
    begun = train(specs_of(), folder=tmp_path / "run", stop_at=20)
    begun.directories[0].checkpoint_path.unlink()
    on_another_machine()
    summary = summary_of(train(specs_of(), folder=tmp_path / "run"))
    assert summary["environments"] == [{"from_step": 0, **summary["environment"]}]


def test_the_discriminators_samples_are_counted(specs_of, train):
    five_a_step = ("variants=[{name: wgan-gp, label: a}]", "critic_steps=5")
    assert summary_of(train(specs_of(*five_a_step)))["cost"]["samples_seen"] == 40 * 5 * 16
    warmed_up = ("critic_steps=2", "critic_warmup={steps: 7, first: 3, every: 1000}")
    assert summary_of(train(specs_of(*warmed_up)))["cost"]["samples_seen"] == (3 * 7 + 37 * 2) * 16


def test_a_diverged_member_has_seen_the_samples_of_the_iterations_that_it_completed(specs_of, train):
    summary = summary_of(train(specs_of("variants=lsgan", "optimizer.lr=1e12")))
    assert summary["cost"]["samples_seen"] == summary["diverged_at"] * 16


def test_seconds_are_the_members_share_and_end_with_its_last_row(specs_of, train):
    training = train(specs_of("seeds=0..1"))
    for index in range(2):
        rows, cost = training.directories[index].metrics(), summary_of(training, index)["cost"]
        for name in ("train_seconds", "evaluation_seconds"):
            times = [row[name] for row in rows]
            assert times == sorted(times)
            assert times[-1] == cost[name] > 0


def test_training_and_evaluation_are_told_apart(specs_of, train, clock, monkeypatch):
    """Each evaluation takes a thousand seconds here, and the clock is read a few times in between."""
    evaluate = trainer_module.Trainer._evaluate

    def slow(trainer, index):
        clock.now += 1000.0
        return evaluate(trainer, index)

    monkeypatch.setattr(trainer_module.Trainer, "_evaluate", slow)
    cost = summary_of(train(specs_of("seeds=0..3")))["cost"]
    assert cost["evaluation_seconds"] == pytest.approx(2 * 1000, rel=0.01)
    assert 0 < cost["train_seconds"] < 100


def test_seconds_go_on_where_the_last_kept_row_stood(specs_of, train, tmp_path, clock):
    stopped = train(specs_of(), folder=tmp_path / "run", stop_at=20)
    spent = stopped.directories[0].metrics()[-1]
    rows = train(specs_of(), folder=tmp_path / "run").directories[0].metrics()
    assert rows[1] == spent
    assert rows[2]["train_seconds"] > spent["train_seconds"]
    assert rows[-1]["evaluation_seconds"] > spent["evaluation_seconds"]


def test_rows_without_their_seconds_are_refused(specs_of, train, tmp_path):
    stopped = train(specs_of(), folder=tmp_path / "run", stop_at=20)
    path = stopped.directories[0].metrics_path
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    timeless = [{key: value for key, value in row.items() if not key.endswith("_seconds")} for row in rows]
    path.write_text("".join(json.dumps(row) + "\n" for row in timeless))
    with pytest.raises(InputError, match=r"metrics\.jsonl lacks the train_seconds of iteration 20; restore it"):
        train(specs_of(), folder=tmp_path / "run")


def test_seconds_and_environments_play_no_part_in_reproducing(specs_of, train, tmp_path, on_another_machine):
    run = train(specs_of()).directories[0]
    on_another_machine()
    assert reproduce(run, Console(quiet=True)).identical
