"""What any adversarial game may have on top: as settings, and as part of a population."""

from __future__ import annotations

import pytest
import torch
from axes_play import play
from torch import Tensor

from ganlab.errors import InputError
from ganlab.games import GAMES, Game
from ganlab.training.setup import numbers_of
from ganlab.variants import Penalty, register_penalty

AXES = {
    "packing": ["variants=wgan-gp", "packing=2"],
    "packing-elements": ["variants=dragan", "packing=4", "data=ring", "batch_size=64"],
    "instance-noise": ["augment=instance-noise", "schedules={sigma: {to: 0}}"],
    "lecam": ["lecam=0.3", "variants=hinge"],
    "label-smoothing": ["label_smoothing=0.1"],
    "diffaugment": ["data=digits", "augment=diffaugment", "variants=r1"],
    "ada": ["data=digits", "augment={name: ada, adjustment: 1e-3}"],
    "all": ["data=digits", "augment=ada", "packing=2", "lecam=0.1", "label_smoothing=0.1", "variants=r1"],
}


def assert_same_bits(first: dict[str, Tensor], second: dict[str, Tensor]) -> None:
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert torch.equal(value, second[name]), name


@pytest.mark.slow
@pytest.mark.parametrize(
    "overrides",
    [pytest.param(one, id=name, marks=() if name == "lecam" else pytest.mark.long) for name, one in AXES.items()],
)
def test_a_member_has_the_same_bits_alone_and_among_three(specs_of, train, overrides):
    specs = specs_of("seeds=[3,0,5]", *overrides)
    together = train(specs, compiled=True)
    assert together.trainer.compiled
    for index in range(2):
        assert_same_bits(train([specs[index]], compiled=True).leaves(), together.leaves(index))


@pytest.mark.parametrize("overrides", AXES.values(), ids=AXES)
def test_interrupted_and_resumed_training_has_the_bits_of_uninterrupted_training(specs_of, train, tmp_path, overrides):
    specs = specs_of("seeds=[0,1]", *overrides)
    whole = train(specs)
    train(specs, folder=tmp_path / "broken", stop_at=17)
    resumed = train(specs, folder=tmp_path / "broken")
    for index in range(2):
        assert_same_bits(whole.leaves(index), resumed.leaves(index))
        assert whole.trainer.population.state.alive[index]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("lecam: {}", "lecam"),
        ("label_smoothing: {}", "label_smoothing"),
        ("augment: {{name: instance-noise, sigma: {}}}", "sigma"),
    ],
)
def test_members_of_one_population_may_differ_in_weights(specs_of, key, name):
    rows = ", ".join(f"{{name: vanilla, label: at{x}, {key.format(x)}}}" for x in (0.1, 0.3))
    specs = specs_of(f"variants=[{rows}]")
    assert specs[0].program == specs[1].program
    assert numbers_of(specs, ("discriminator",)).weights[name].tolist() == pytest.approx([0.1, 0.3])


@pytest.mark.parametrize("axis", ["packing: 2", "augment: instance-noise", "lecam: 0.1", "label_smoothing: 0.1"])
def test_a_game_with_an_axis_is_another_program_than_one_without(specs_of, axis):
    plain, other = specs_of(f"variants=[vanilla, {{name: vanilla, label: other, {axis}}}]")
    assert plain.program != other.program


def test_the_noise_may_fade_over_the_run(specs_of):
    specs = specs_of("augment={name: instance-noise, sigma: 0.4}", "schedules={sigma: {to: 0}}")
    at = [numbers_of(specs, ("discriminator",), iteration).weights["sigma"].item() for iteration in (0, 20, 40)]
    assert at == pytest.approx([0.4, 0.2, 0.0])


def test_a_row_may_replace_the_augmentation_of_the_sweep_or_have_none(specs_of):
    rows = "[vanilla, {name: vanilla, label: more, augment: {sigma: 0.7}}, {name: vanilla, label: none, augment: none}]"
    usual, more, none = specs_of("augment={name: instance-noise, sigma: 0.2}", f"variants={rows}")
    assert usual.augment.options == {"sigma": 0.2}
    assert more.augment.options == {"sigma": 0.7}
    assert none.augment is None


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("augment=diffaugmnt", "diffaugment"),
        ("augment={name: instance-noise, sigma: -1}", "sigma"),
        ("augment={sigma: 1.0}", "'augment' needs a name"),
        ("augment={name: ada, target: 0.5, ajustment: 0.1}", "adjustment"),
        ("packing=0", "packing"),
        ("label_smoothing=1.0", "label_smoothing"),
        ("lecam=-1", "lecam"),
        ("schedules={lecam: {to: 0}}", "the run has no such number"),
    ],
)
def test_wrong_settings_are_refused(specs_of, override, message):
    with pytest.raises(InputError, match=message):
        specs_of(override)


def test_two_numbers_of_one_name_are_refused(specs_of):
    register_penalty(Penalty(name="sigma", summary="", function=lambda discriminator, real, fake, u: real.sum() * 0))
    with pytest.raises(InputError, match="penalties and augment both have a number 'sigma'; rename one of the two"):
        specs_of("penalties={sigma: 1}", "augment=instance-noise")


@pytest.mark.parametrize("axis", ["packing=2", "augment=instance-noise", "lecam=0.1", "label_smoothing=0.1"])
def test_a_game_that_is_no_variant_takes_none(specs_of, monkeypatch, axis):
    class Mine(Game):
        name, summary = "mine", ""

    monkeypatch.setattr(GAMES, "_entries", {"mine": Mine})
    name = axis.partition("=")[0]
    with pytest.raises(InputError, match=f"the game 'mine' is no variant, and only variants take {name}"):
        specs_of("variants=mine", axis)


@pytest.mark.parametrize("variant", ["vanilla", "wgan-gp", "rpgan", "dragan"])
def test_a_plain_game_has_no_state_and_draws_of_its_own(specs_of, variant):
    game = play(specs_of, f"variants={variant}").game
    assert not game.extra()
    assert not game.draws("generator")
    assert all(name.split("/")[0] in game.variant.penalties for name in game.draws("discriminator"))
