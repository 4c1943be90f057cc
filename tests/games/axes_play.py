"""A small adversarial game: its networks, a batch of each player, and what its objectives give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import grad

from ganlab import games
from ganlab.games import Game, Loss, Nets
from ganlab.record import RunSpec
from ganlab.training.batches import Batches
from ganlab.training.member import loss_of
from ganlab.training.population import take
from ganlab.training.setup import build_member, load_data, numbers_of

Parameters = Mapping[str, Tensor]


@dataclass
class Play:
    game: Game
    networks: dict[str, nn.Module]
    batches: dict[str, games.Batch]
    extra: dict[str, Tensor]
    weights: dict[str, Tensor]

    @property
    def score(self) -> nn.Module:
        return self.networks["discriminator"]

    def fake(self, player: str) -> Tensor:
        return self.networks["generator"](self.batches[player].latent)

    def loss(self, player: str, parameters: Parameters | None = None) -> Loss:
        own = {name: dict(module.named_parameters()) for name, module in self.networks.items()}
        given = {**own, player: dict(parameters)} if parameters else own
        return loss_of(self.game, player, Nets(self.networks, given), self.batches[player], self.extra, self.weights)

    def assert_is(self, player: str, expected: Tensor) -> None:
        """The loss and the gradient of the player's parameters are those of `expected`, by torch's own way back."""
        torch.testing.assert_close(self.loss(player).value, expected, rtol=1e-5, atol=1e-6)
        self.assert_has_gradient_of(player, expected)

    def assert_has_gradient_of(self, player: str, expected: Tensor) -> None:
        parameters = dict(self.networks[player].named_parameters())
        ours = grad(lambda own: self.loss(player, own).value)({name: p.detach() for name, p in parameters.items()})
        theirs = torch.autograd.grad(expected, list(parameters.values()))
        assert any(one.abs().max() > 1e-6 for one in theirs)
        for value, other in zip(ours.values(), theirs, strict=True):
            torch.testing.assert_close(value, other, rtol=1e-4, atol=1e-6)


def play(specs_of: Callable[..., Any], *overrides: str) -> Play:
    """That of a small sweep with ``key=value`` overrides."""
    (spec,) = specs_of(*overrides)
    data = load_data(spec)
    member = build_member(spec, data)
    batches = {player: batch_of(spec, player, 0) for player in member.game.players}
    weights = take(numbers_of([spec], member.game.players), 0).weights
    return Play(member.game, dict(member.networks), batches, member.game.extra(), weights)


def batch_of(spec: RunSpec, player: str, update: int) -> games.Batch:
    """What a run of `spec` gives to the player's objective at its update of that number."""
    data = load_data(spec)
    member = build_member(spec, data)
    source = Batches(player, member.game, [spec.seed], data, spec.batch_size_of(player), storage=data.storage)
    return member.prepare(take(source.at(update), 0), source.storage)


def squared_slopes(score: Callable[[Tensor], Tensor], samples: Tensor) -> Tensor:
    """The squared slopes [B], by the way back that torch itself can go back over again."""
    samples = samples.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(score(samples).sum(), samples, create_graph=True)
    return gradient.flatten(1).square().sum(1)
