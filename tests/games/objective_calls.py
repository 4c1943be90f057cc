"""Games whose objectives are called without a population, and the gradients by which a player would learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ganlab.games import Batch, Game, Nets, Task, find, game_options, make_game, make_prior
from ganlab.networks import BUILDERS, Build
from ganlab.options import parse
from ganlab.training.member import loss_of

LATENT = 3


def game_of(name: str, shape: tuple[int, ...] = (2,), condition: Any = None, **options: Any) -> Game:
    """The game called `name` with its own penalties, on samples of `shape`."""
    task = Task(sample_shape=shape, condition=condition, prior=make_prior("normal", {}, LATENT))
    penalties = find(name).penalties
    return make_game(name, game_options(name, options, "test"), penalties, (), task)


def networks_of(game: Game) -> dict[str, nn.Module]:
    """Smooth networks for `game`, so that no gradient sits at a kink."""
    builder = BUILDERS["mlp"]
    options = parse(builder.options, {"widths": [5], "activation": "tanh"}, "test")
    torch.manual_seed(0)
    return game.networks(Build(builder, options, game.task.sample_shape, LATENT, game.task.condition))


def batch_of(game: Game, player: str, size: int = 6) -> Batch:
    """A batch of `player`, its data far from what new generators give."""
    generator = torch.Generator().manual_seed(1)
    draws = {}
    for name, draw in game.draws(player).items():
        draws[name] = torch.empty(size, *draw.shape)
        draw.fill(draws[name], generator)
    real = 2 + torch.randn(size, *game.task.sample_shape, generator=generator)
    return Batch(real, None, torch.randn(size, LATENT, generator=generator), draws)


def objective(
    game: Game,
    networks: Mapping[str, nn.Module],
    player: str,
    batch: Batch,
    weights: Mapping[str, float],
    extra: Mapping[str, Tensor] | None = None,
) -> tuple[Any, list[Tensor]]:
    """The `Loss` of `player`, and its gradients in the order of the parameters of the player's network."""
    parameters = {name: dict(module.named_parameters()) for name, module in networks.items()}
    numbers = {name: torch.tensor(value) for name, value in weights.items()}
    state = game.extra() if extra is None else extra

    def value(own: dict[str, Tensor]) -> tuple[Tensor, Any]:
        nets = Nets(networks, {**parameters, player: own})
        loss = loss_of(game, player, nets, batch, state, numbers)
        return loss.value, (loss.value, dict(loss.extra), dict(loss.readings))

    gradients, loss = torch.func.grad(value, has_aux=True)(parameters[player])
    return loss, list(gradients.values())


def assert_same_objective(found: tuple[Any, list[Tensor]], expected: Tensor, network: nn.Module) -> None:
    """That value and gradients are those of `expected` [], a loss with a graph of torch's own autograd."""
    loss, gradients = found
    torch.testing.assert_close(loss[0], expected.float(), rtol=1e-4, atol=1e-5)
    own = torch.autograd.grad(expected, list(network.parameters()))
    assert any(gradient.abs().max() > 1e-4 for gradient in own)
    for one, other in zip(gradients, own, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
