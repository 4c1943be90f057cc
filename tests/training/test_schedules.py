"""What changes over a run: each number in each iteration, and what an update does with it."""

from __future__ import annotations

import math

import pytest
import torch

from ganlab.training.measurement import average_in_words
from ganlab.training.setup import numbers_of


def cosine(start: float, end: float, way: float) -> float:
    """As the code of R3GAN has it."""
    return end + (start - end) * (1 + math.cos(math.pi * way)) / 2


PLAYERS = ("discriminator", "generator")
R3GAN = (
    "variants=r3gan",
    "steps=100",
    "optimizer={lr: 2e-4, betas: [0.0, 0.9]}",
    "penalties={r1: 1, r2: 1}",
    "schedules={lr: {to: 5e-5, shape: cosine, over: 0.5}, beta2: {to: 0.99, shape: cosine, over: 0.5}, "
    "r1: {to: 0.1, shape: cosine, over: 0.5}, ema: {to: 0.99, over: 0.2}}",
)


@pytest.mark.parametrize("iteration", [0, 10, 25, 50, 99])
def test_the_numbers_of_an_iteration_are_those_of_their_courses(specs_of, iteration):
    way = min(1.0, iteration / 50)
    numbers = numbers_of(
        specs_of(*R3GAN, "seeds=[0,1]", "ema=0.5"), PLAYERS, iteration, dict.fromkeys(PLAYERS, iteration)
    )
    beta = cosine(0.9, 0.99, way)
    expected = {
        "lr": (numbers.rates["discriminator"].lr, cosine(2e-4, 5e-5, way)),
        "beta2": (numbers.rates["generator"].moments.betas[:, 1], beta),
        "rest2": (numbers.rates["generator"].moments.rests[:, 1], 1 - beta),
        "correction2": (numbers.rates["discriminator"].moments.corrections[:, 1], 1 - beta ** (iteration + 1)),
        "r1": (numbers.weights["r1"], cosine(1.0, 0.1, way)),
        "r2": (numbers.weights["r2"], 1.0),
        "ema": (numbers.ema, 0.5 + 0.49 * min(1.0, iteration / 20)),
    }
    for name, (value, wanted) in expected.items():
        assert value.tolist() == pytest.approx([wanted] * 2, rel=1e-6), name


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=[pytest.mark.slow, pytest.mark.long])])
def test_a_schedule_is_each_members_own_in_one_population(specs_of, train, compiled):
    entries = [f"{{name: r1, label: to{to}, schedules: {{r1: {{to: {to}}}, lr: {{to: 0}}}}}}" for to in (1, 20)]
    specs = specs_of(f"variants=[{', '.join(entries)}]")
    assert specs[0].program == specs[1].program
    together = train(specs, compiled=compiled)
    rounding = {"rtol": 0, "atol": 0} if compiled else {"rtol": 1e-4, "atol": 1e-5}
    for index, spec in enumerate(specs):
        alone = train([spec], compiled=compiled).leaves()
        for name, value in together.leaves(index).items():
            torch.testing.assert_close(value, alone[name], **rounding)
    name = ".players['discriminator'].parameters['1.weight']"
    assert not torch.equal(together.leaves(0)[name], together.leaves(1)[name])


def test_a_number_that_goes_where_it_is_changes_nothing(specs_of, train):
    plain, scheduled = (
        train(specs_of("variants=r1", "optimizer={name: adam, lr: 1e-3, betas: [0.5, 0.9]}", f"schedules={schedules}"))
        for schedules in ("{}", "{lr: {to: 1e-3}, beta1: {to: 0.5}, beta2: {to: 0.9}, ema: {to: 0.999}, r1: {to: 10}}")
    )
    for name, value in plain.leaves().items():
        if "fading" not in name:
            torch.testing.assert_close(scheduled.leaves()[name], value, rtol=1e-5, atol=1e-6)


def test_a_rate_of_zero_is_reached_after_its_share_of_the_iterations(specs_of, train, tmp_path):
    settings = ("optimizer.lr=0.01", "schedules={lr: {to: 0, over: 0.5}}")
    half = train(specs_of(*settings), folder=tmp_path / "half", stop_at=20).leaves()
    before = train(specs_of(*settings), folder=tmp_path / "before", stop_at=19).leaves()
    whole = train(specs_of(*settings)).leaves()
    names = [name for name in whole if ".parameters" in name]
    assert all(torch.equal(half[name], whole[name]) for name in names)
    assert not any(torch.equal(half[name], before[name]) for name in names)


@pytest.mark.parametrize(("compiled", "stop_at"), [(False, 13), pytest.param(True, 27, marks=pytest.mark.slow)])
def test_a_run_with_schedules_is_the_same_where_it_was_interrupted(specs_of, train, tmp_path, compiled, stop_at):
    specs = specs_of(*R3GAN, "steps=40", "seeds=[0,1]", "critic_steps=2", "generator_steps=3")
    whole = train(specs, compiled=compiled)
    train(specs, compiled=compiled, folder=tmp_path / "broken-off", stop_at=stop_at)
    resumed = train(specs, compiled=compiled, folder=tmp_path / "broken-off")
    for index in range(2):
        for name, value in whole.leaves(index).items():
            assert torch.equal(value, resumed.leaves(index)[name]), name


def test_the_protocol_says_which_average_is_evaluated(specs_of):
    (spec,) = specs_of("ema=0", "schedules={ema: {to: 0.99, over: 0.25}}")
    assert average_in_words(spec) == (
        "moving average, decay min(d, (1 + t) / (10 + t)) at update t, d from 0 going linearly to 0.99 over the first "
        "25% of the iterations"
    )
    assert average_in_words(specs_of("ema=0")[0]) == "last iterate"
