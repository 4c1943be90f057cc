"""What a population becomes that several processes train: what it would of one, to rounding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import torch

from ganlab.compiler import direct
from ganlab.engines.job import Job
from ganlab.engines.process import follow_job
from ganlab.engines.several_devices import met
from ganlab.record import RunDirectory, RunSpec
from ganlab.training import ranks as ranks_module
from ganlab.training import trainer as trainer_module
from ganlab.training.population import TOGETHER
from ganlab.training.ranks import ALONE, Ranks
from ganlab.training.setup import build_batches, build_member, build_population, initial_state, load_data
from ganlab.training.streams import CPU
from ganlab.workarounds.availability import NotAvailable
from ganlab.workarounds.torch_internals import graph_compiler

LONG = [pytest.mark.slow, pytest.mark.long]
TWO = Job(title="test", runs=(), device="cpu", devices_per_run=2)

EXACT = ("optimizer.eps=1e-3",)
"""So that Adam does not blow gradients up that are zero but for rounding."""
TOLERANCE = {"atol": 2e-5, "rtol": 1e-4}
"""What the documentation states."""

AVERAGING = """
from torch.nn.functional import softplus
from ganlab.games import Game, Loss, register
import torch

@register
class Averaging(Game):
    name = "averaging"
    summary = "weighs the generator's loss by a moving average of the scores"
    separable = True

    def extra(self):
        return {"average": torch.zeros(())}

    def discriminator(self, nets, batch, extra, weights):
        real, fake = nets.discriminator(batch.real), nets.discriminator(nets.generator(batch.latent))
        average = 0.9 * extra["average"] + 0.1 * fake.detach().mean()
        return Loss(softplus(-real).mean() + softplus(fake).mean(), extra={"average": average})

    def generator(self, nets, batch, extra, weights):
        return (1 + extra["average"]) * softplus(-nets.discriminator(nets.generator(batch.latent))).mean()
"""
FAILING = AVERAGING.replace('"averaging"', '"failing"').replace(
    "nets.discriminator(batch.real), ", "nets.discriminator(batch.real) / (batch.real.max() < 2.5), "
)
"""Whose loss is infinite where a sample of the slice exceeds 2.5."""


@pytest.fixture(scope="module")
def two() -> Iterator[Ranks]:
    """This process as the first of two; the other one follows it in all that it trains."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks_module, "PATIENCE", timedelta(seconds=60))
        with met(TWO, ALONE, None, follow_job) as ranks:
            yield ranks


def plugin(tmp_path: Path, text: str) -> str:
    file = tmp_path / "own.py"
    file.write_text(text)
    return f"plugins=[{file}]"


def assert_equal_up_to_rounding(one, other, members: int) -> None:
    for index in range(members):
        expected = one.leaves(index)
        for name, value in other.leaves(index).items():
            torch.testing.assert_close(value, expected[name], **TOLERANCE, msg=lambda text, of=name: f"{of}: {text}")


def worlds(directory: RunDirectory) -> list[tuple[int, int]]:
    return [(one.from_step, one.world_size) for one in directory.environments()]


@pytest.mark.parametrize(
    "settings",
    [
        ("variants=vanilla", "seeds=[0]", *EXACT),
        ("variants=wgan-gp", "critic_steps=2", "seeds=0..2", *EXACT),
        pytest.param(("variants=wgan", "optimizer={name: rmsprop, lr: 1.0e-3, eps: 1.0e-3}"), marks=LONG),
        ("variants=r3gan", "ema=0.9", "schedules={r1: {to: 0.1}, lr: {to: 0, shape: cosine}}", *EXACT),
        pytest.param(
            ("variants=lsgan", "optimizer={name: sgd, lr: 0.1, momentum: 0.5}", "clip_grad_norm=1"), marks=LONG
        ),
        ("variants=hinge", "packing=2", "generator_batch_size=32", "augment=instance-noise", *EXACT),
        ("variants=vanilla", "updates=extragradient", "lookahead={steps: 5, alpha: 0.5}", "seeds=[3,4]", *EXACT),
        pytest.param(("variants=cramer", "batch_size=12", *EXACT), marks=LONG),
        pytest.param(("variants=veegan", *EXACT), marks=LONG),
    ],
    ids=lambda settings: settings[0],
)
def test_two_processes_train_as_one_does_up_to_rounding(specs_of, train, two, settings):
    specs = specs_of("steps=20", *settings)
    one, both = train(specs), train(specs, ranks=two)
    assert_equal_up_to_rounding(one, both, len(specs))
    for alone, together in zip(one.directories, both.directories, strict=True):
        assert together.summary().status == "finished"
        assert worlds(together) == [(0, 2)]
        assert worlds(alone) == [(0, 1)]
        for row, expected in zip(together.metrics(), alone.metrics(), strict=True):
            assert row.keys() == expected.keys()
            for name in ("train/discriminator_loss", "train/generator_grad_norm", "eval/w1"):
                if name in row:
                    assert row[name] == pytest.approx(expected[name], rel=1e-3, abs=1e-4)


def test_extra_state_is_averaged_as_gradients_are(specs_of, train, two, tmp_path):
    specs = specs_of(plugin(tmp_path, AVERAGING), "variants=averaging", "seeds=0..1", *EXACT)
    one, both = train(specs), train(specs, ranks=two)
    assert_equal_up_to_rounding(one, both, 2)
    assert both.leaves()[".extra['average']"] != 0


@pytest.mark.slow
def test_in_fp16_an_overflow_of_a_slice_halves_the_scale_of_all_and_training_stays_finite(specs_of, train, two):
    """The mean over a slice has gradients twice as large, sample by sample, so that they may overflow earlier."""
    specs = specs_of("variants=vanilla", "precision=fp16", "optimizer.lr=1e-4")
    one, both = train(specs).leaves(), train(specs, ranks=two).leaves()
    scaling = [name for name in one if "scaling" in name]
    assert len(scaling) == 4
    scales = [name for name in scaling if name.endswith("['scale']")]
    assert all(both[name] in (one[name], one[name] / 2) for name in scales)
    assert all(torch.isfinite(leaf).all() for leaf in both.values() if leaf.is_floating_point())


@pytest.mark.parametrize("variant", [pytest.param("wgan-gp", marks=LONG), pytest.param("ali", marks=LONG)])
def test_two_compiled_processes_train_as_one_does_up_to_rounding(specs_of, train, two, variant):
    specs = specs_of(f"variants={variant}", "steps=20", "seeds=0..1", *EXACT)
    one, both = train(specs, compiled=True), train(specs, compiled=True, ranks=two)
    assert one.trainer.compiled
    assert both.trainer.compiled
    assert_equal_up_to_rounding(one, both, 2)


@pytest.mark.parametrize("first", [1, 2])
def test_a_run_is_continued_by_another_number_of_processes(specs_of, train, two, tmp_path, first):
    specs, folder = specs_of("variants=wgan-gp", "critic_steps=2", "seeds=0..1", *EXACT), tmp_path / "continued"
    order = (ALONE, two) if first == 1 else (two, ALONE)
    train(specs, folder=folder, stop_at=15, ranks=order[0])
    continued = train(specs, folder=folder, ranks=order[1])
    assert_equal_up_to_rounding(train(specs), continued, 2)
    assert worlds(continued.directories[0]) == [(0, first), (15, 3 - first)]
    assert continued.directories[0].summary().environment.world_size == 3 - first


def test_a_member_whose_loss_is_not_finite_on_one_slice_ends_on_all_at_the_same_iteration(
    specs_of, train, two, tmp_path
):
    specs = specs_of(plugin(tmp_path, FAILING), "variants=failing", "seeds=0..3", *EXACT)
    one, both = train(specs), train(specs, ranks=two)
    ends = [directory.summary().diverged_at for directory in one.directories]
    assert [directory.summary().diverged_at for directory in both.directories] == ends
    assert all(end is not None for end in ends)
    assert len(set(ends)) > 1


def test_checkpoints_while_it_trains_are_of_states_that_all_agree_on(specs_of, train, two, monkeypatch):
    monkeypatch.setattr(trainer_module, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    specs = specs_of("variants=vanilla", "steps=20")
    both = train(specs, ranks=two)
    assert both.directories[0].summary().global_step == 20


@pytest.mark.parametrize(
    ("updates", "of_two"), [("alternating", {"discriminator": 1, "generator": 1}), ("extragradient", {TOGETHER: 2})]
)
def test_an_update_exchanges_all_that_it_averages_at_once_and_of_one_process_nothing(specs_of, updates, of_two):
    specs = specs_of("variants=vanilla", "seeds=0..1", f"updates={updates}")
    assert exchanges(specs, ALONE) == dict.fromkeys(of_two, 0)
    assert exchanges(specs, Ranks(size=2)) == of_two


def exchanges(specs: list[RunSpec], ranks: Ranks) -> dict[str, int]:
    """How often each update's graph calls for the mean over all processes."""
    internals = graph_compiler()
    if isinstance(internals, NotAvailable):
        pytest.skip(internals.reason)
    data = load_data(specs[0])
    member = build_member(specs[0], data, ranks)
    batches = build_batches(specs, member.game, data, CPU, ranks)
    population = build_population(specs, member, initial_state(specs, data), batches, CPU)
    first = {player: of.at(0) for player, of in batches.items()}
    counts = {}
    for name in population._names():
        function, leaves = population._flat(name, *population._inputs(name, first))
        counts[name] = direct._Traced(function, leaves, internals).graph.code.count("ops.ganlab.mean_over_ranks")
    return counts
