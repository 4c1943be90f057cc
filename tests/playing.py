"""Members and their states, for tests of what updates do."""

from __future__ import annotations

from torch import Tensor
from torch.utils._pytree import tree_leaves

from ganlab.record import RunSpec
from ganlab.training.member import Member, after_update
from ganlab.training.population import take
from ganlab.training.setup import build_member, initial_state, load_data, numbers_of
from ganlab.training.state import Batch, Hyperparameters, State


def member_of(spec: RunSpec) -> Member:
    return build_member(spec, load_data(spec))


def state_of(spec: RunSpec) -> State:
    """The state of a run's member before the first update."""
    state: State = take(initial_state([spec], load_data(spec)), 0)
    return state


def numbers_for(spec: RunSpec, member: Member) -> Hyperparameters:
    numbers: Hyperparameters = take(numbers_of([spec], member.game.players), 0)
    return numbers


def updated(
    member: Member,
    player: str,
    state: State,
    batch: Batch,
    numbers: Hyperparameters,
    storage: tuple[Tensor, ...] = (),
) -> State:
    """The state after an update of `player`."""
    return after_update(state, player, member.update(player, state, batch, numbers, storage))


def same_bits(first: object, second: object) -> bool:
    pairs = zip(tree_leaves(first), tree_leaves(second), strict=True)
    return all(one.equal(other) for one, other in pairs)
