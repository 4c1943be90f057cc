"""One member's game on random numbers, whose objectives are held against losses written in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.func import grad_and_value

from ganlab.games import Batch, Loss, Nets
from ganlab.networks import Classes
from ganlab.record.spec import RunSpec
from ganlab.training.member import loss_of
from ganlab.training.setup import build_member, load_data

SIZE = 6


class SmallGame:
    """The game and the networks of `spec`, with a batch of random numbers.

    Attributes:
        game: of the spec.
        networks: by player, plain modules.
        batch: `SIZE` samples with latents of the game's own prior, and labels where the run is conditional.
    """

    def __init__(self, spec: RunSpec) -> None:
        data = load_data(spec)
        member = build_member(spec, data)
        self.game = member.game
        self.networks = member.networks
        self._weights = {name: torch.tensor(value) for name, value in spec.weights.items()}
        numbers = torch.Generator().manual_seed(1)
        condition = self.game.task.condition
        labels = torch.arange(SIZE) % condition.count if isinstance(condition, Classes) else None
        real = 1 + torch.randn(SIZE, *self.game.task.sample_shape, generator=numbers)
        self.batch = Batch(real, labels, self.game.prior.draw(SIZE, numbers), {})

    @property
    def fake(self) -> Tensor:
        """What the generator makes of the batch's latents."""
        inputs = (self.batch.latent,) if self.batch.condition is None else (self.batch.latent, self.batch.condition)
        fake: Tensor = self.networks["generator"](*inputs)
        return fake

    def loss(self, player: str, parameters: dict[str, Tensor] | None = None) -> Loss:
        """What `player` minimises, at its own `parameters` or at those of its network."""
        own = {name: dict(network.named_parameters()) for name, network in self.networks.items()}
        nets = Nets(self.networks, {**own, player: parameters or own[player]})
        return loss_of(self.game, player, nets, self.batch, self.game.extra(), self._weights)

    def assert_minimises(self, player: str, expected: Tensor) -> None:
        """The objective of `player` is `expected`, a loss that torch can differentiate, and so is its gradient."""
        own = dict(self.networks[player].named_parameters())
        gradients, value = grad_and_value(lambda parameters: self.loss(player, parameters).value)(own)
        torch.testing.assert_close(value, expected, rtol=1e-5, atol=1e-6)
        for name, gradient in zip(own, torch.autograd.grad(expected, list(own.values())), strict=True):
            torch.testing.assert_close(gradients[name], gradient, rtol=1e-4, atol=1e-6)
        assert any(gradient.abs().max() > 1e-4 for gradient in gradients.values())
