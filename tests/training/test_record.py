"""What is written of one member: rows, warnings, checkpoints, and the summary."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from PIL import Image
from playing import state_of
from records import ENVIRONMENT, OUTCOME, PROTOCOL

from ganlab.evaluation import Subject, evaluation_on
from ganlab.record import RunDirectory, SpecFile
from ganlab.training import checkpoint
from ganlab.training.galleries import COLUMNS
from ganlab.training.record import Record, is_logged, logged_iterations
from ganlab.training.setup import load_data

CPU = torch.device("cpu")
METRICS = {name: {"better": better, "estimator": ""} for name, better in (("w1", "lower"), ("coverage", "higher"))}
SHARED = ("floors", "floor_errors", "real", "papers", "samples")
ABOUT = {
    "protocol": {**PROTOCOL, "metrics": METRICS},
    "environment": ENVIRONMENT,
    **{name: OUTCOME[name] for name in SHARED},
}
"""What all members of a population share."""
HEALTHY = {"train/accuracy": 0.5, "train/generator_grad_norm": 1.0, "train/fake_spread": 1.0}
COLLAPSED = HEALTHY | {"train/fake_spread": 0.001}


@pytest.fixture
def spec(specs_of):
    return specs_of("evaluation.samples=100")[0]


@pytest.fixture
def state(spec):
    return state_of(spec)


@pytest.fixture
def begin(spec, tmp_path):
    """Opens the member's record, as a process does that trains it."""
    evaluation = evaluation_on(load_data(spec).reference, spec.evaluation.samples, CPU)

    def begin() -> Record:
        return Record(spec, RunDirectory(tmp_path / spec.id).open(SpecFile.of(spec, "test")), evaluation)

    return begin


def steps_of(record: Record) -> list[int]:
    return [row["global_step"] for row in record.directory.metrics()]


def log_evaluations(record: Record, w1: list[float], coverage: list[float]) -> None:
    for index, values in enumerate(zip(w1, coverage, strict=True)):
        row = dict(zip(("eval/w1", "eval/coverage"), values, strict=True))
        record.log(10 * (index + 1), {"train/penalty": 0.0, **row})


def test_a_new_record_has_nothing_to_take_up(begin):
    assert begin().resume(0) == {}


def test_a_record_goes_back_to_the_checkpoint_and_drops_what_came_after(begin):
    record = begin()
    for step in (10, 20, 30):
        record.directory.save_samples(step, points=np.zeros((1, 2)))
        record.log(step, HEALTHY)
    record.directory.close()
    again = begin()
    assert again.resume(20)["global_step"] == 20
    assert steps_of(again) == [10, 20]
    assert list(again.directory.samples()) == [10, 20]
    again.log(30, HEALTHY)
    again.directory.flush()
    assert steps_of(again) == [10, 20, 30]


def test_seconds_go_on_from_the_last_row_that_was_kept(begin):
    record = begin()
    for step in (10, 20, 30):
        record.spend(1.0, 0.25)
        record.log(step, HEALTHY)
    record.directory.close()
    again = begin()
    again.resume(20)
    assert (again.train_seconds, again.evaluation_seconds) == (2.0, 0.5)
    again.spend(5.0, 0.0)
    again.log(30, HEALTHY)
    again.directory.flush()
    assert again.directory.metrics()[-1]["train_seconds"] == 7.0


def test_warnings_are_told_once_and_known_again_after_an_interruption(begin):
    record = begin()
    told = [record.log(step, HEALTHY if step <= 10 else COLLAPSED) for step in range(1, 16)]
    (warning,) = record.warnings
    assert "has usually collapsed" in warning
    assert [bool(one) for one in told].index(True) == 12  # the third collapsed row
    record.directory.close()
    again = begin()
    again.resume(14)
    assert again.warnings == [warning]
    assert again.log(15, COLLAPSED) == []
    earlier = begin()
    earlier.resume(11)
    assert earlier.warnings == []


def test_rows_are_on_the_disk_before_the_checkpoint_that_covers_them(begin, state):
    record = begin()
    record.log(10, HEALTHY)
    assert steps_of(record) == []  # still buffered
    record.save(10, state)
    assert steps_of(record) == [10]
    assert checkpoint.find(record.directory, record.spec).content.iteration == 10


def test_the_summary_has_the_last_values_and_the_best_of_each_metric_with_its_step(begin, state):
    record = begin()
    log_evaluations(record, w1=[0.5, 0.2, 0.3], coverage=[1.0, 2.0, 1.5])
    record.finish(30, state, ABOUT)
    summary = record.directory.summary().record()
    assert (summary["status"], summary["global_step"], summary["diverged_at"]) == ("finished", 30, None)
    assert summary["final"] == {"w1": 0.3, "coverage": 1.5}
    assert summary["best"] == {
        "w1": {"value": 0.2, "global_step": 20},
        "coverage": {"value": 2.0, "global_step": 20},
    }


def test_the_first_of_two_equal_values_is_the_best(begin, state):
    record = begin()
    log_evaluations(record, w1=[0.2, 0.2], coverage=[1.0, 1.0])
    record.finish(20, state, ABOUT)
    assert {best["global_step"] for best in record.directory.summary().record()["best"].values()} == {10}


def test_a_value_that_was_not_finite_is_never_the_best(begin, state):
    record = begin()
    log_evaluations(record, w1=[math.inf, 0.4], coverage=[math.nan, math.nan])
    record.finish(20, state, ABOUT)
    assert record.directory.summary().record()["best"] == {"w1": {"value": 0.4, "global_step": 20}}


def test_a_diverged_member_has_no_final_values_but_keeps_its_best(begin, state):
    record = begin()
    log_evaluations(record, w1=[0.5], coverage=[1.0])
    warning = record.mark_diverged(17)
    record.finish(20, state, ABOUT)
    summary = record.directory.summary().record()
    assert (summary["status"], summary["diverged_at"], summary["final"]) == ("diverged", 17, {})
    assert summary["best"]["w1"] == {"value": 0.5, "global_step": 10}
    assert summary["warnings"] == [warning]
    assert "Iteration 17" in warning
    assert summary["cost"]["samples_seen"] == 17 * record.spec.batch_size


def test_a_member_that_ends_far_worse_than_its_best_evaluation_says_so(begin, state):
    record = begin()
    log_evaluations(record, w1=[2.0, 0.1, 0.9, 1.2], coverage=[0.1, 0.9, 0.9, 0.9])
    record.finish(40, state, ABOUT)
    (warning,) = record.directory.summary().warnings
    assert warning.startswith("Iteration 40: w1 is 1.2, and was 0.1 at iteration 20; results are of the last iteration")


def test_the_summary_and_the_last_checkpoint_tell_of_the_same_state(begin, state):
    record = begin()
    log_evaluations(record, w1=[0.5], coverage=[1.0])
    record.finish(10, state, ABOUT)
    found = checkpoint.require(record.directory, record.spec)
    summary = record.directory.summary().record()
    assert found.content.iteration == summary["global_step"] == 10
    assert summary["state_sha256"] == checkpoint.fingerprint(found.state(like=state))
    assert summary["spec_sha256"] == record.spec.sha256


def test_an_evaluation_keeps_a_picture_and_gives_every_metric(begin):
    record = begin()
    samples = torch.randn(100, 1, generator=torch.Generator().manual_seed(0))
    row = record.evaluate(10, Subject(samples=samples), {"picture": "plane", "points": np.ones((3, 2))})
    assert {"eval/w1", "eval/ks"} <= row.keys()
    assert all(math.isfinite(value) for value in row.values())
    with np.load(record.directory.samples()[10]) as kept:
        assert np.array_equal(kept["points"], np.ones((3, 2)))


@pytest.mark.parametrize("columns", [5, COLUMNS])
def test_shown_images_stand_in_rows(begin, columns):
    record = begin()
    record.show({"neighbours": torch.zeros(2, columns, 1, 8, 8, dtype=torch.uint8)})
    (path,) = record.directory.pictures()
    assert path.name == "neighbours.png"
    width, height = Image.open(path).size
    assert width / height == pytest.approx((columns * 9 - 1) / (2 * 9 - 1))


def test_a_record_is_strict_json(begin, state):
    record = begin()
    log_evaluations(record, w1=[math.nan], coverage=[1.0])
    record.finish(10, state, ABOUT)

    def refuse(name: str) -> None:
        raise AssertionError(name)

    (line,) = record.directory.metrics_path.read_text().splitlines()
    assert json.loads(line, parse_constant=refuse)["eval/w1"] is None
    json.loads((record.directory.path / "summary.json").read_text(), parse_constant=refuse)


@pytest.mark.parametrize(
    ("variant", "told"),
    [("vanilla", ["won"]), ("wgan-lp", []), ("wgan-gp", []), ("dragan", ["won"])],
)
def test_only_a_discriminator_that_classifies_is_told_that_it_has_won(specs_of, tmp_path, variant, told):
    assert warned(specs_of(f"variants={variant}")[0], tmp_path, {"accuracy": 1.0, "margin": 3.0}) == told


@pytest.mark.parametrize(
    ("variant", "told"),
    [("vanilla", []), ("wgan-lp", []), ("wgan-gp", ["held"]), ("dragan", ["held"]), ("r1", [])],
)
def test_only_a_two_sided_penalty_is_told_to_hold_the_discriminator(specs_of, tmp_path, variant, told):
    assert warned(specs_of(f"variants={variant}")[0], tmp_path, {"accuracy": 0.1, "margin": -3.0}) == told


def warned(spec, folder, readings) -> list[str]:
    """Which of two troubles are found in rows with these readings."""
    evaluation = evaluation_on(load_data(spec).reference, spec.evaluation.samples, CPU)
    record = Record(spec, RunDirectory(folder / spec.id).open(SpecFile.of(spec, "test")), evaluation)
    row = HEALTHY | {f"train/{name}": value for name, value in readings.items()}
    texts = " ".join(text for step in range(40) for text in record.log(step + 1, row))
    return [name for name, part in (("won", "over 99% of pairs"), ("held", "from turning round")) if part in texts]


@pytest.mark.parametrize(("log_every", "every", "steps"), [(10, 20, 40), (7, 3, 40), (40, 40, 40), (100, 13, 41)])
def test_the_rows_that_a_resumed_run_needs_are_those_that_training_writes(specs_of, log_every, every, steps):
    (spec,) = specs_of(f"log_every={log_every}", f"evaluation.every={every}", f"steps={steps}")
    for end in (1, 21, steps - 1, steps):
        assert list(logged_iterations(spec, end)) == [step for step in range(1, end + 1) if is_logged(spec, step)]
