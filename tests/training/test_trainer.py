"""A member's bits depend on its spec alone."""

from __future__ import annotations

import json
import math
from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor

from ganlab.compiler import direct
from ganlab.errors import InputError
from ganlab.record.optimizers import SGD
from ganlab.training import trainer
from ganlab.training.optimizers import RULES, Rule
from ganlab.training.precision import FIRST_SCALE
from ganlab.training.sampling import Sampler
from ganlab.variants import VARIANTS

LONG = [pytest.mark.slow, pytest.mark.long]
SOME, MORE = ("wgan", "r3gan"), ("vanilla", "dragan", "ragan")
"""With wgan-gp, they have every kind of optimiser, penalty, noise and constraint."""


def assert_same_bits(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    assert {name: (first[name], second[name]) for name in first if not torch.equal(first[name], second[name])} == {}


def untimed_rows(training, index: int) -> list[dict[str, float]]:
    """The rows without the seconds, which no two runs share."""
    rows = training.directories[index].metrics()
    return [{key: value for key, value in row.items() if not key.endswith("_seconds")} for row in rows]


def evaluations(training, index: int) -> list[dict[str, float]]:
    return [
        {key: value for key, value in row.items() if not key.startswith("train/")}
        for row in untimed_rows(training, index)
    ]


@pytest.mark.parametrize(
    ("variant", "company", "index"),
    [
        ("wgan-gp", "[7,6,5,4,3,2,1]", 4),
        *(pytest.param(name, "0..31", 3, marks=pytest.mark.slow) for name in SOME),
        *(pytest.param(name, "0..31", 3, marks=LONG) for name in MORE),
    ],
)
def test_a_compiled_seed_is_bitwise_the_same_alone_and_in_any_population(specs_of, train, variant, company, index):
    settings = (f"variants={variant}", "steps=120", "evaluation.every=60", "optimizer.lr=1e-3")
    alone = train(specs_of(*settings, "seeds=[3]"), compiled=True)
    together = train(specs_of(*settings, f"seeds={company}"), compiled=True)
    assert_same_bits(alone.leaves(), together.leaves(index))
    assert evaluations(alone, 0) == evaluations(together, index)


def test_an_eager_seed_differs_by_rounding_alone_between_a_population_of_one_and_of_many(specs_of, train):
    alone = train(specs_of("seeds=[3]")).leaves()
    company = train(specs_of("seeds=[3,1,2]")).leaves()
    for name, value in alone.items():
        torch.testing.assert_close(value, company[name], atol=1e-5, rtol=1e-4)


def test_eager_and_compiled_training_differ_by_rounding_alone(specs_of, train):
    eager = train(specs_of("variants=wgan-gp", "seeds=[0,1]")).leaves()
    compiled = train(specs_of("variants=wgan-gp", "seeds=[0,1]"), compiled=True).leaves()
    for name, value in eager.items():
        torch.testing.assert_close(value, compiled[name], atol=1e-5, rtol=1e-4)


PLANE = ("data=ring", "builder.widths=[16,16,16]", "steps=20")


@pytest.mark.parametrize(
    ("variant", "data", "widths"),
    [
        pytest.param("wgan-gp", "ring", "[16,16,16]", marks=pytest.mark.slow),
        pytest.param("r3gan", "grid", "[16,16,16,16]", marks=LONG),
        *(pytest.param(name, "ring", "[16,16,16]", marks=LONG) for name in ("vanilla", "r3gan", "ragan", "f-kl")),
    ],
)
def test_deep_networks_train_compiled_on_plane_data_as_they_do_uncompiled(specs_of, train, variant, data, widths):
    """With Adam's epsilon so large that it does not blow gradients up that are zero but for rounding."""
    networks = (f"data={data}", f"builder.widths={widths}", "optimizer.eps=1e-3")
    specs = specs_of(f"variants={variant}", *networks, "seeds=[0,1,2]", "steps=20")
    training, eager = train(specs, compiled=True), train(specs)
    assert training.trainer.compiled
    for name, value in eager.leaves(1).items():
        torch.testing.assert_close(value, training.leaves(1)[name], atol=1e-4, rtol=1e-3)


def test_a_failure_of_inductor_is_one_line_and_training_goes_on_uncompiled(specs_of, train, monkeypatch):
    monkeypatch.setattr(direct, "mutated_buffers_kept_global", nullcontext)  # inductor's own failure
    training = train(specs_of(*PLANE, "seeds=[0,1]"), compiled=True)
    texts = [text for report in training.reports for _, text in report.warnings if "compiler" in text]
    assert len(texts) == 1
    assert "training runs uncompiled, several times slower (KeyError: " in texts[0]
    assert "\n" not in texts[0]
    assert [directory.summary().record()["environment"]["compiled"] for directory in training.directories] == [
        False
    ] * 2


@pytest.mark.parametrize(("compiled", "stop_at"), [(False, 10), (False, 20), (True, 13)])
def test_interrupted_and_resumed_training_is_bitwise_uninterrupted_training(
    specs_of, train, tmp_path, compiled, stop_at
):
    specs = specs_of("variants=wgan-gp", "seeds=0..1")
    whole = train(specs, compiled=compiled)
    folder = tmp_path / "broken-off"
    broken_off = train(specs, compiled=compiled, folder=folder, stop_at=stop_at)
    assert broken_off.directories[0].summary() is None
    resumed = train(specs, compiled=compiled, folder=folder)
    assert resumed.trainer.iteration == 40
    for index in range(2):
        assert_same_bits(whole.leaves(index), resumed.leaves(index))
        assert untimed_rows(whole, index) == untimed_rows(resumed, index)
        first, second = whole.directories[index].summary().record(), resumed.directories[index].summary().record()
        assert [first[key] for key in ("final", "best", "warnings", "state_sha256")] == [
            second[key] for key in ("final", "best", "warnings", "state_sha256")
        ]


def test_rows_after_the_last_checkpoint_are_written_once_when_training_resumes(specs_of, train, tmp_path):
    specs = specs_of()
    folder = tmp_path / "killed"
    killed = train(specs, folder=folder, stop_at=10)
    with (killed.directories[0].path / "metrics.jsonl").open("a") as file:
        file.write('{"global_step": 20, "eval/w1": 123.0}\n{"global_st')
    resumed = train(specs, folder=folder)
    steps = [row["global_step"] for row in resumed.directories[0].metrics()]
    assert steps == [10, 20, 30, 40]
    assert untimed_rows(resumed, 0) == untimed_rows(train(specs), 0)


def test_evaluation_and_diagnostics_change_no_bit_of_training(specs_of, train):
    seldom = train(specs_of("log_every=40", "evaluation.every=40", "evaluation.samples=100"), compiled=True)
    often = train(specs_of("log_every=1", "evaluation.every=1"), compiled=True)
    first, second = seldom.leaves(), often.leaves()
    assert_same_bits(first, second)


def test_training_leaves_the_global_random_state_alone(specs_of, train):
    before = torch.get_rng_state()
    train(specs_of())
    assert torch.equal(before, torch.get_rng_state())


def test_members_may_differ_in_numbers_within_one_population(specs_of, train):
    other = "{name: wgan-gp, label: other, optimizer: {lr: 0.01}, penalties: {gradient_penalty: 1.0}}"
    variants = f"variants=[{other}, wgan-gp]"
    specs = specs_of(variants)
    assert specs[0].program == specs[1].program
    together = train(specs, compiled=True)
    for index, spec in enumerate(specs):
        assert_same_bits(together.leaves(index), train([spec], compiled=True).leaves())
    assert not torch.equal(
        together.leaves()[".players['discriminator'].parameters['1.weight']"],
        together.leaves(1)[".players['discriminator'].parameters['1.weight']"],
    )


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_low_precision_is_bitwise_the_same_after_an_interruption(specs_of, train, tmp_path, precision):
    """Under fp16 after overflows, so that the scale and what it counts are none that a run begins with."""
    specs = specs_of("data.mean=300", "variants=lsgan", f"precision={precision}", "seeds=0..1")
    whole, folder = train(specs), tmp_path / "broken-off"
    broken_off = train(specs, folder=folder, stop_at=13)
    scale = broken_off.leaves().get(".players['discriminator'].scaling['scale']")
    assert precision == "bf16" or scale < FIRST_SCALE
    resumed = train(specs, folder=folder)
    for index in range(2):
        assert_same_bits(whole.leaves(index), resumed.leaves(index))
        assert untimed_rows(whole, index) == untimed_rows(resumed, index)


def test_a_member_that_diverges_is_marked_and_stopped_while_the_others_go_on(specs_of, train):
    wild = "variants=[{name: lsgan, label: wild, optimizer: {lr: 1e12}}, lsgan]"
    specs = specs_of(wild)
    assert specs[0].program == specs[1].program
    training = train(specs, compiled=True)
    diverged, finished = (directory.summary().record() for directory in training.directories)
    assert diverged["status"] == "diverged"
    assert 0 <= diverged["diverged_at"] < 10
    assert diverged["final"] == {}
    assert [row["global_step"] for row in training.directories[0].metrics()] == [10]
    assert any("diverged" in text for text in diverged["warnings"])
    assert all(value.isfinite().all() for value in training.leaves().values())
    assert finished["status"] == "finished"
    assert_same_bits(training.leaves(1), train(specs[1:], compiled=True).leaves())


def test_a_state_that_an_optimiser_made_overflow_is_said_to_be_not_finite(specs_of, train, monkeypatch):
    def overflowing(settings, rates, parameters, gradients, state):
        moved, state = usual.update(settings, rates, parameters, gradients, state)
        return {name: value * torch.where(state.step > 3, math.inf, 1) for name, value in moved.items()}, state

    usual = RULES[SGD]
    monkeypatch.setitem(RULES, SGD, Rule(usual.initial, overflowing))
    training = train(specs_of("variants=[{name: lsgan, optimizer: {name: sgd}}]"))
    summary = training.directories[0].summary()
    assert (summary.status, summary.diverged_at) == ("diverged", 3)
    assert summary.warnings[-1] == "the last update overflowed: the state that is kept is not finite"


@pytest.mark.parametrize("stop_at", [5, 10, 15])
def test_a_diverged_member_stays_diverged_when_training_resumes(specs_of, train, tmp_path, stop_at):
    wild = "variants=[{name: lsgan, label: wild, optimizer: {lr: 1e12}}, lsgan]"
    specs, folder = specs_of(wild), tmp_path / "broken-off"
    train(specs, folder=folder, stop_at=stop_at)
    resumed, whole = train(specs, folder=folder), train(specs)
    for index in range(2):
        assert untimed_rows(resumed, index) == untimed_rows(whole, index)
        first, second = (one.directories[index].summary().record() for one in (resumed, whole))
        for key in ("status", "diverged_at", "warnings", "state_sha256"):
            assert first[key] == second[key]


@pytest.mark.parametrize("at", [20, 40])
def test_a_member_whose_evaluation_overflowed_is_diverged_also_where_the_process_died_after_it(
    specs_of, train, tmp_path, monkeypatch, at
):
    usual = Sampler.draw

    def overflowing(sampler, generator, count, *stream, condition=None):
        samples = usual(sampler, generator, count, *stream, condition=condition)
        return samples * math.inf if (sampler.spec.seed, *stream) == (0, "evaluation", at) else samples

    monkeypatch.setattr(Sampler, "draw", overflowing)
    specs, folder = specs_of("seeds=[0, 1]"), tmp_path / "died"
    whole = train(specs)
    with monkeypatch.context() as patch:
        patch.setattr(trainer.Trainer, "_finish", lambda self, report: self._save())
        train(specs, folder=folder, stop_at=at)
    resumed = train(specs, folder=folder)
    for index, status in enumerate(("diverged", "finished")):
        assert untimed_rows(resumed, index) == untimed_rows(whole, index)
        first, second = (one.directories[index].summary().record() for one in (resumed, whole))
        assert first["status"] == second["status"] == status
        assert (first["diverged_at"], first["final"]) == (second["diverged_at"], second["final"])


def test_a_population_of_diverged_members_ends_early(specs_of, train):
    training = train(specs_of("variants=lsgan", "optimizer.lr=1e12", "steps=1000"))
    assert training.trainer.iteration < 1000
    assert training.directories[0].summary().record()["status"] == "diverged"


@pytest.mark.parametrize("variant", VARIANTS.names)
def test_every_variant_trains_and_is_evaluated(specs_of, train, variant):
    training = train(specs_of(f"variants={variant}"))
    summary = training.directories[0].summary().record()
    assert summary["status"] == "finished"
    assert summary["final"]["w1"] > 0
    rows = training.directories[0].metrics()
    assert all(row["train/discriminator_grad_norm"] > 0 for row in rows)
    charged = any(row["train/penalty"] > 0 for row in rows)
    assert charged == bool(VARIANTS[variant].penalties) or variant == "wgan-lp"


def test_training_brings_the_generator_close_to_the_data(specs_of, train):
    """A linear generator moves from W1 near 1 to N(3, 1) close to it: the loop learns, whatever the bits."""
    overrides = ("data.mean=3", "optimizer.lr=0.005", "steps=600", "evaluation.every=300", "batch_size=64")
    summary = train(specs_of("variants=vanilla", *overrides), compiled=True).directories[0].summary().record()
    assert summary["final"]["w1"] < 0.5


def test_the_best_value_is_that_of_the_best_evaluation_and_the_final_one_the_last(specs_of, train):
    training = train(specs_of("evaluation.every=10"))
    rows = [row for row in training.directories[0].metrics() if "eval/w1" in row]
    summary = training.directories[0].summary().record()
    values = [row["eval/w1"] for row in rows]
    assert len(values) == 4
    assert summary["final"]["w1"] == values[-1]
    assert summary["best"]["w1"] == {
        "value": min(values),
        "global_step": rows[values.index(min(values))]["global_step"],
    }


def test_a_sample_count_that_is_no_multiple_of_anything_gives_exactly_so_many_samples(specs_of, train):
    training = train(specs_of("evaluation.samples=501"))
    counts = np.load(training.directories[0].path / "samples" / "00000040.npz")["counts"]
    assert counts.sum() == 501


def test_the_record_says_how_the_numbers_were_made(specs_of, train):
    training = train(specs_of())
    summary = json.loads((training.directories[0].path / "summary.json").read_text())
    assert summary["protocol"]["samples"] == 500
    assert summary["protocol"]["generator"] == "moving average, decay min(0.999, (1 + t) / (10 + t)) at update t"
    assert summary["protocol"]["primary"] == "w1"
    assert summary["floors"].keys() == summary["final"].keys() == summary["protocol"]["metrics"].keys()
    assert summary["environment"]["torch"] == torch.__version__
    assert summary["samples"] == {"shape": [1], "classes": 0, "class_names": []}


def test_the_record_says_how_batch_norms_are_evaluated(specs_of, train):
    builder = "builder={name: mlp, widths: [8], generator_norm: batch}"
    training = train(specs_of(builder, "data=ring"))
    average = "moving average, decay min(0.999, (1 + t) / (10 + t)) at update t"
    words = f"{average}, its batch norms (if any) with the statistics of 50 seeded batches"
    assert training.directories[0].summary().record()["protocol"]["generator"] == words
    on_the_line = train(specs_of(builder))
    assert on_the_line.directories[0].summary().record()["protocol"]["generator"] == words


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["bf16", pytest.param("fp16", marks=LONG)])
def test_a_compiled_population_trains_in_low_precision(specs_of, train, precision):
    builder = "builder={name: mlp, widths: [8, 8], discriminator_norm: spectral, generator_norm: layer}"
    training = train(specs_of("variants=hinge", "seeds=[0,1]", builder, f"precision={precision}"), compiled=True)
    assert [directory.summary().record()["status"] for directory in training.directories] == ["finished"] * 2


def test_batches_that_no_memory_holds_are_refused_in_one_sentence_before_training(specs_of, train):
    with pytest.raises(InputError, match="networks and batches of 10000000 do not fit into the memory of cpu"):
        train(specs_of("batch_size=10000000", "latent_dim=60000"))


def test_an_evaluation_that_no_memory_holds_is_refused_in_one_sentence(specs_of, train, monkeypatch):
    def no_memory(*_, **__):
        torch.empty(2**55)

    monkeypatch.setattr(Sampler, "draw", no_memory)
    with pytest.raises(InputError, match="what is trained and what measures it do not fit into the memory of cpu"):
        train(specs_of())


@pytest.mark.parametrize(("seconds", "saves"), [("10", 4), ("1000", 1)])
def test_a_variable_says_how_often_checkpoints_are_saved(specs_of, train, monkeypatch, seconds, saves):
    """40 iterations of a second each; the last state is always saved."""
    made = []
    usual = trainer.Record.save
    monkeypatch.setattr(trainer.Record, "save", lambda *given: (made.append(given[1]), usual(*given)))
    monkeypatch.setattr(trainer.Trainer, "_record", lambda self, report: None)
    monkeypatch.setattr(trainer.Trainer, "_finish", lambda self, report: self._save())
    monkeypatch.setattr(trainer, "time", SimpleNamespace(monotonic=iter(range(1000)).__next__))
    monkeypatch.setenv("GANLAB_CHECKPOINT_SECONDS", seconds)
    train(specs_of("log_every=40"))
    assert len(made) >= saves
    assert (len(made) == 1) == (saves == 1)
    assert made[-1] == 40


@pytest.mark.parametrize("given", ["often", "0", "-5", "inf", "nan"])
def test_a_variable_that_is_no_number_of_seconds_is_refused(specs_of, train, monkeypatch, given):
    monkeypatch.setenv("GANLAB_CHECKPOINT_SECONDS", given)
    with pytest.raises(InputError, match=f"GANLAB_CHECKPOINT_SECONDS is '{given}'; it must be a number of seconds"):
        train(specs_of())
