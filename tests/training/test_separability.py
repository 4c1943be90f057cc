"""Whose gradients on the slices of a batch average to that on the whole: what says so is, and nothing else is cut."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils._pytree import tree_leaves, tree_map

from ganlab import games
from ganlab.errors import InputError
from ganlab.games.ali import ALI
from ganlab.record import RunSpec
from ganlab.training.batches import Batches
from ganlab.training.member import Member
from ganlab.training.population import take
from ganlab.training.ranks import Ranks
from ganlab.training.separability import require_separable
from ganlab.training.setup import build_member, initial_state, load_data, numbers_of
from ganlab.variants import PENALTIES, Variant

DIGITS = ("data=digits",)
CONDITIONAL = (*DIGITS, "conditional=true")
BARELY = {"began"}
"""Whose statistics show where k reaches a bound alone."""


def gradients(spec: RunSpec, ranks: Ranks) -> dict[str, Any]:
    """Of each player on the slice of its first batch that is the rank's, at parameters that make scores large."""
    data = load_data(spec)
    member = build_member(spec, data)
    state = take(initial_state([spec], data), 0)
    numbers = take(numbers_of([spec], member.game.players), 0)
    at = {player: {name: 3 * value for name, value in own.parameters.items()} for player, own in state.players.items()}
    found = {}
    for player in member.game.players:
        size = spec.batch_size_of(player)
        batches = Batches(player, member.game, [0], data, size, storage=data.storage, part=ranks.slice_of(size))
        gradient = member.gradient(player, state, take(batches.at(0), 0), numbers, data.storage, at)
        found[player] = (gradient.parameters, gradient.value, gradient.extra)
    return found


def averages_exactly(spec: RunSpec) -> bool:
    whole = gradients(spec, Ranks())
    halves = [gradients(spec, Ranks(size=2, rank=rank)) for rank in range(2)]
    mean = tree_map(lambda one, other: (one + other) / 2, *halves)
    pairs = zip(tree_leaves(mean), tree_leaves(whole), strict=True)
    return all(torch.allclose(one, other, rtol=1e-4, atol=1e-6) for one, other in pairs)


def member_of(spec: RunSpec) -> Member:
    return build_member(spec, load_data(spec))


@pytest.mark.parametrize("name", games.names())
def test_a_game_is_separable_if_and_only_if_its_gradients_average(specs_of, name):
    conditional = CONDITIONAL if name == "acgan" else ()
    (spec,) = specs_of(f"variants={name}", *conditional)
    separable = not member_of(spec).game.inseparable()
    assert averages_exactly(spec) == (separable or name in BARELY)


@pytest.mark.parametrize("name", PENALTIES.names)
def test_a_penalty_is_separable_if_and_only_if_its_gradients_average(specs_of, name):
    (spec,) = specs_of("variants=vanilla", f"penalties={{{name}: 1.0}}", "builder.activation=tanh")
    assert averages_exactly(spec) == PENALTIES[name].separable


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (("packing=2",), ""),
        (("augment=instance-noise", "label_smoothing=0.1"), ""),
        ((*DIGITS, "augment=diffaugment"), ""),
        ((*DIGITS, "builder={name: dcgan, width: 4, generator_norm: none, discriminator_norm: none}"), ""),
        ((*DIGITS, "builder={name: resnet, width: 4, generator_norm: none}"), ""),
        (("builder.generator_norm=batch",), "batch normalisation in the network of 'generator'"),
        (("lecam=0.3",), "lecam"),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
def test_axes_and_networks_are_refused_if_and_only_if_gradients_do_not_average(specs_of, settings, what):
    (spec,) = specs_of("variants=vanilla", *settings)
    assert averages_exactly(spec) == (not what)
    if what:
        with pytest.raises(InputError, match=rf"cannot be trained on 2 devices: {what}.* took its statistics"):
            require_separable(spec, member_of(spec), 2)
    else:
        require_separable(spec, member_of(spec), 2)
    require_separable(spec, member_of(spec), 1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (("variants=ragan",), "the variant 'ragan' took its statistics over a slice of each batch"),
        (("variants=dragan",), "the penalty 'dragan_penalty' took its"),
        (("variants=mmd-gan",), "the game 'mmd-gan' took its"),
        (("variants=unrolled",), "the game 'unrolled' took its"),
        ((*DIGITS, "augment=ada", "variants=vanilla"), "augment 'ada' took its"),
        (
            ("batch_size=15",),
            r"batches of 15 \(discriminator\) cannot be cut into 2 equal slices of at least two",
        ),
        (
            ("batch_size=2",),
            r"batches of 2 \(discriminator\) cannot be cut into 2 equal slices of at least two",
        ),
        (
            ("batch_size=12", "packing=4"),
            r"batches of 12 .* in whole packs of 4; choose another batch size",
        ),
    ],
    ids=str,
)
def test_what_cannot_be_cut_is_refused_in_a_sentence(specs_of, settings, words):
    (spec,) = specs_of("variants=vanilla", *settings)
    with pytest.raises(InputError, match=words):
        require_separable(spec, member_of(spec), 2)


def test_a_game_does_not_inherit_that_it_is_separable(specs_of):
    class Own(ALI):
        def generator(self, nets, batch, extra, weights):
            return super().generator(nets, batch, extra, weights).exp()

    task = member_of(specs_of("variants=ali")[0]).game.task
    assert ALI(ALI.Options(), task).inseparable() == []
    assert Own(ALI.Options(), task).inseparable() == ["the game 'ali'"]


def test_a_variant_that_says_it_is_separable_and_is_not_is_refused():
    with pytest.raises(ValueError, match="discriminator_loss of 'own' is not the mean of those of the halves"):
        Variant(
            name="own",
            discriminator_loss=lambda real, fake: (fake - real.mean()).square().mean(),
            generator_loss=lambda real, fake: -fake.mean(),
            separable=True,
        )
