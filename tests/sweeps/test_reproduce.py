"""A run trained again, and held against a record that was altered or not."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import Any

import pytest
from recorder import rewrite_summary
from rich.console import Console

from ganlab.checkpoint_file import fingerprint
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.sweeps.reproduce import Verdict, reproduce
from ganlab.training import checkpoint, read_spec

SHORT = ("steps=4", "evaluation={every: 2, samples: 100}", "log_every=2")


@pytest.fixture
def run(specs_of, train) -> RunDirectory:
    """A finished run, trained alone, as it is trained again."""
    return train(specs_of("variants=lsgan", *SHORT)).directories[0]


def again(run: RunDirectory) -> Verdict:
    return reproduce(run, Console(quiet=True))


def alter_summary(run: RunDirectory, **changes: Any) -> None:
    rewrite_summary(run, run.summary().record() | changes)


def alter_state(run: RunDirectory, leaf: str, by: float) -> None:
    """As if the run had ended with another state, of which its checkpoint and its summary tell alike."""
    content = checkpoint.require(run, read_spec(run)).content
    content.state[leaf].add_(by)
    content.write(run.checkpoint_path)
    alter_summary(run, state_sha256=fingerprint(content.state))


def contents(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_run_as_it_was_left_is_identical_and_is_not_touched(run):
    before = contents(run.path)
    verdict = again(run)
    assert verdict.identical
    assert verdict.text.startswith(
        f"{run.path.name} is bit-identical: state {run.summary().record()['state_sha256'][:16]}"
    )
    assert contents(run.path) == before


def test_a_diverged_run_diverges_again(specs_of, train):
    run = train(specs_of("variants=lsgan", "optimizer.lr=1e12", *SHORT)).directories[0]
    assert run.summary().record()["status"] == "diverged"
    assert again(run).identical


def test_a_seed_of_a_run_that_was_interrupted_is_identical(specs_of, train, tmp_path):
    specs = specs_of("variants=wgan-gp", *SHORT)
    train(specs, folder=tmp_path / "broken", stop_at=1)
    assert again(train(specs, folder=tmp_path / "broken").directories[0]).identical


def test_another_final_metric_is_told_with_both_values(run):
    now = run.summary().record()["final"]["w1"]
    alter_summary(run, final=run.summary().record()["final"] | {"w1": 0.5})
    verdict = again(run)
    assert not verdict.identical
    assert f"w1 was 0.5 and is {now}" in verdict.text
    assert "environment: the same" in verdict.text


def test_other_parameters_are_told_with_how_far_they_lie_apart(run):
    alter_state(run, ".players['discriminator'].parameters['1.weight']", by=0.25)
    verdict = again(run)
    assert not verdict.identical
    assert "NOT bit-identical: parameters differ by at most 0.25" in verdict.text


def test_another_moment_of_the_optimiser_is_another_state(run):
    alter_state(run, ".players['discriminator'].optimizer.second['1.weight']", by=1e-3)
    assert not again(run).identical


def test_another_environment_is_named_where_the_result_differs(run):
    environment = run.summary().record()["environment"]
    alter_state(run, ".players['discriminator'].parameters['1.weight']", by=0.25)
    alter_summary(run, environment=environment | {"torch": "1.0", "processor": "an abacus"})
    text = again(run).text
    assert (
        f"environment: torch 1.0 -> {environment['torch']}, processor an abacus -> {environment['processor']}" in text
    )


def test_a_metric_that_only_one_of_the_two_could_measure_decides_nothing(run):
    alter_summary(run, final=run.summary().record()["final"] | {"fid": 3.0})
    verdict = again(run)
    assert verdict.identical
    assert verdict.text.endswith("; only one of the two could measure fid")


def test_a_run_that_is_not_finished_has_nothing_to_compare_with(specs_of, train):
    run = train(specs_of(*SHORT), stop_at=2).directories[0]
    with pytest.raises(InputError, match="is not finished, so there is nothing to compare with; run its sweep first"):
        again(run)


def test_a_device_that_this_machine_lacks_is_named(run):
    alter_summary(run, environment=run.summary().record()["environment"] | {"device": "cuda:99"})
    with pytest.raises(InputError, match="there is no device 'cuda:99'"):
        again(run)


def test_a_run_without_its_checkpoint_is_refused_before_anything_is_trained(run, monkeypatch):
    run.checkpoint_path.unlink()
    monkeypatch.setattr(importlib.import_module("ganlab.sweeps.reproduce"), "Trainer", None)
    with pytest.raises(InputError, match=r"checkpoint\.pt is not there; bring back the one"):
        again(run)
