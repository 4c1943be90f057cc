"""ALI and VEEGAN, whose discriminators judge pairs of a sample and a latent, against plain torch."""

from __future__ import annotations

import pytest
import torch
from small_game import SmallGame
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from ganlab.errors import InputError

PLANE = ("data=ring", "builder.activation=tanh")
WEIGHT = 0.6


@pytest.fixture(params=["", "conditional=true"], ids=["unconditional", "conditional"])
def small(request, specs_of):
    """Makes a small game of a variant."""

    def make(*overrides: str) -> SmallGame:
        (spec,) = specs_of(*PLANE, *overrides, *filter(None, [request.param]))
        return SmallGame(spec)

    return make


def judged(small: SmallGame, samples: Tensor, latents: Tensor) -> Tensor:
    """The scores of pairs by layers that are given sample, condition and latent side by side."""
    parts = [samples]
    if small.batch.condition is not None:
        parts.append(torch.eye(8)[small.batch.condition])
    joined = torch.cat([*parts, latents], 1)
    for layer in small.networks["discriminator"]:
        joined = layer(joined)
    return joined


def real_score(small: SmallGame) -> Tensor:
    return judged(small, small.batch.real, small.networks["encoder"](small.batch.real))


def fake_score(small: SmallGame) -> Tensor:
    return judged(small, small.fake, small.batch.latent)


def cross_entropy(scores: Tensor, real: bool) -> Tensor:
    return binary_cross_entropy_with_logits(scores, torch.full_like(scores, float(real)))


@pytest.mark.parametrize("variant", ["ali", "veegan"])
def test_the_discriminator_tells_real_pairs_from_fake_ones(small, variant):
    game = small(f"variants={variant}")
    game.assert_minimises(
        "discriminator", cross_entropy(real_score(game), True) + cross_entropy(fake_score(game), False)
    )


def test_the_generator_of_ali_makes_fake_pairs_look_real_and_its_encoder_real_ones_fake(small):
    game = small("variants=ali")
    game.assert_minimises("generator", cross_entropy(fake_score(game), True))
    game.assert_minimises("encoder", cross_entropy(real_score(game), False))


def test_the_generator_of_veegan_raises_the_logits_of_fake_pairs_and_keeps_latents_in_sight(small):
    game = small("variants=veegan", f"game={{reconstruction_weight: {WEIGHT}}}")
    reconstruction = 4 * mse_loss(game.networks["encoder"](game.fake), game.batch.latent)
    game.assert_minimises("generator", WEIGHT * reconstruction - fake_score(game).mean())


def test_the_encoder_of_veegan_learns_the_latents_of_samples_alone(small):
    game = small("variants=veegan", f"game={{reconstruction_weight: {WEIGHT}}}")
    reconstruction = 4 * mse_loss(game.networks["encoder"](game.fake), game.batch.latent)
    game.assert_minimises("encoder", reconstruction)


@pytest.mark.parametrize("variant", ["ali", "veegan"])
def test_generator_and_encoder_are_averaged(specs_of, train, variant):
    state = train(specs_of(f"variants={variant}")).trainer.population.state
    assert list(state.average) == ["generator", "encoder"]
    for player, average in state.average.items():
        assert average.keys() == state.players[player].parameters.keys()


def test_a_joint_game_takes_no_penalties(specs_of):
    with pytest.raises(InputError, match="the game 'ali' takes no penalties and constraints, but it is given r1"):
        specs_of("variants=ali", "penalties={r1: 1}")
