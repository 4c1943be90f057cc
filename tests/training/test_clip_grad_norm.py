"""The largest norm of a player's gradient."""

from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from torch.nn.functional import softplus
from torch.nn.utils import clip_grad_norm_

from ganlab.training.batches import Batches
from ganlab.training.population import take
from ganlab.training.setup import build_member, initial_state, load_data, numbers_of

SETTINGS = ["optimizer={name: sgd, lr: 0.1}", "data=ring"]


def updated(specs_of, player, *overrides, blind=False):
    """The member, its batch, and its first update of `player`, where a `blind` discriminator scores all zero."""
    (spec,) = specs_of(*SETTINGS, *overrides)
    data = load_data(spec)
    member = build_member(spec, data)
    batch = take(Batches(player, member.game, [0], data, spec.batch_size).at(0), 0)
    numbers = take(numbers_of([spec], member.game.players), 0)
    state = take(initial_state([spec], data), 0)
    if blind:
        for value in state.players["discriminator"].parameters.values():
            value.zero_()
    return member, batch, member.update(player, state, batch, numbers, ())


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("bound", [0.01, 1e6])
def test_an_update_is_that_of_torch_with_its_clipping(specs_of, player, bound):
    member, batch, update = updated(specs_of, player, f"clip_grad_norm={bound}")
    theirs = {name: deepcopy(module) for name, module in member.networks.items()}
    fake = theirs["discriminator"](theirs["generator"](batch.latent))
    real = theirs["discriminator"](batch.entries)
    losses = {"discriminator": softplus(-real).mean() + softplus(fake).mean(), "generator": softplus(-fake).mean()}
    losses[player].backward()
    own = theirs[player]
    norm = clip_grad_norm_(own.parameters(), bound)
    assert (norm > bound) == (bound < 1)
    torch.optim.SGD(own.parameters(), 0.1).step()
    for name, value in own.named_parameters():
        torch.testing.assert_close(update.player.parameters[name], value.detach(), rtol=1e-5, atol=1e-7)
    assert update.player.meters[f"{player}_grad_norm"].item() == pytest.approx(norm.item(), rel=1e-4)


def test_a_gradient_within_the_bound_moves_parameters_as_without_one(specs_of):
    free, bounded = (updated(specs_of, "generator", *more)[2] for more in ([], ["clip_grad_norm=1e6"]))
    for name, value in free.player.parameters.items():
        assert torch.equal(value, bounded.player.parameters[name])


def test_a_gradient_of_zero_stays_zero(specs_of):
    member, _, update = updated(specs_of, "generator", "clip_grad_norm=1", blind=True)
    assert update.alive
    assert update.player.meters["generator_grad_norm"] == 0
    for name, value in member.networks["generator"].named_parameters():
        assert torch.equal(update.player.parameters[name], value)
