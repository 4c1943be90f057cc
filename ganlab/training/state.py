"""What a member's updates change, and what they consume."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

from ganlab.training.optimizers import OptimizerState, Rates
from ganlab.training.precision import Scaling
from ganlab.variants import Parameters


class PlayerState(NamedTuple):
    """What an update of one player changes. `meters` are sums over the updates since they were last read."""

    parameters: Parameters
    optimizer: OptimizerState
    meters: dict[str, Tensor]
    scaling: Scaling


class State(NamedTuple):
    """All that training changes.

    Attributes:
        alive: false [] from the first loss, gradient or extra state on that is not finite.
        average: the moving averages of the parameters of the players that have one.
        extra: the game's own state.
        slow: the parameters that lookahead goes back to, if the run looks ahead.
    """

    alive: Tensor
    players: dict[str, PlayerState]
    average: dict[str, Parameters]
    extra: dict[str, Tensor]
    slow: dict[str, Parameters]


class Hyperparameters(NamedTuple):
    """Numbers in which members of one population may differ, or which change over a run, each [].

    Attributes:
        rates: of each player's optimiser.
        weights: of penalties and constraints, and the game's own, by name.
        ema: decay of the moving averages.
    """

    rates: dict[str, Rates]
    weights: dict[str, Tensor]
    ema: Tensor


Storage = tuple[Tensor, ...]
"""What all members of a population gather their samples from."""

Transform = Callable[[Tensor, Storage], tuple[Tensor, Tensor | None]]
"""`Data.transform`: entries, and storage, to samples [B, ...] and what the networks are told of them."""


class Batch(NamedTuple):
    """What one update consumes: entries of the data, latents [B, Z], and the game's own random numbers."""

    entries: Tensor
    latent: Tensor
    draws: dict[str, Tensor]

    def first(self, size: int) -> Batch:
        """The first `size` samples of a stacked batch [S, B, ...]."""
        first: Batch = tree_map(lambda numbers: numbers[:, :size], self)
        return first


class Gradient(NamedTuple):
    """What an objective gives of one batch.

    Attributes:
        parameters: the gradient by the parameters of the player, by name.
        value: of the objective [].
        extra: the new values of those entries of the extra state that it changes.
        readings: numbers [] to log.
    """

    parameters: Parameters
    value: Tensor
    extra: dict[str, Tensor]
    readings: dict[str, Tensor]


class Update(NamedTuple):
    """What an update of one player gives.

    Attributes:
        alive: whether the member goes on [].
        player: its new state.
        average: the new moving average of its parameters; empty if it has none.
        extra: those entries of the extra state that changed.
    """

    alive: Tensor
    player: PlayerState
    average: Parameters
    extra: dict[str, Tensor]


def is_finite(state: State) -> bool:
    """Whether all that a member may go on from is finite: everything but its meters."""
    players = {name: player._replace(meters={}) for name, player in state.players.items()}
    return all(bool(leaf.isfinite().all()) for leaf in tree_leaves(state._replace(players=players)))
