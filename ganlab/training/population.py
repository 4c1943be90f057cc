"""S members as one program: the member's updates, lifted over a leading dimension and compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from ganlab.compiler import Program, compile_updates
from ganlab.training.devices import is_out_of_memory
from ganlab.training.member import Member, where
from ganlab.training.optimizers import lookahead
from ganlab.training.state import Batch, Hyperparameters, State, Storage

TOGETHER = "together"
"""The update of all players from the same parameters, beside those that are called by their player."""


def stack(trees: Sequence[Any]) -> Any:
    """Trees of equal structure as one whose every leaf has a leading dimension over them."""
    return tree_map(lambda *leaves: torch.stack(leaves), *trees)


def take(tree: Any, index: int) -> Any:
    """The part of a stacked tree that belongs to member `index`, copied."""
    return tree_map(lambda leaf: leaf[index].clone(), tree)


class Population:
    """The members' stacked state, and the programs that advance it in place.

    Args:
        member: the updates that all members share.
        state: every leaf [S, ...]; it is written in place.
        numbers: every leaf [S].
        storage: what all members gather their samples from, in the updates of each player.
        together: whether all players are updated at once, from the same parameters.
        batched: whether the updates are lifted over the members. If not, there is one member, whose own shapes the
            program has: what convolutions want, which a dimension over members turns into slower ones.
    """

    def __init__(
        self,
        member: Member,
        state: State,
        numbers: Hyperparameters,
        storage: Mapping[str, Storage],
        together: bool = False,
        batched: bool = True,
    ) -> None:
        self.member = member
        self.state = state
        self.numbers = numbers
        self._storage = dict(storage)
        self._lift = _over_members if batched else _for_one_member
        self._together = together
        self._programs: dict[str, Program] = {}

    def compile(self, batches: Mapping[str, Batch]) -> None:
        """Compile the updates that are made, for batches of each player that are laid out like these.

        Uncompiled updates, which are made until then, give the same numbers up to rounding.
        """
        self._state_leaves = tree_leaves(self.state)
        self._number_leaves = tree_leaves(self.numbers)
        names = self._names()
        programs = compile_updates([self._flat(name, *self._inputs(name, batches)) for name in names])
        self._programs = dict(zip(names, programs, strict=True))

    def update(self, player: str, batch: Batch) -> None:
        """One update of `player` of every member; every leaf of `batch` [S, B, ...]."""
        self._run(player, batch, self._storage[player])

    def update_together(self, batches: Mapping[str, Batch]) -> None:
        """One update of all players of every member, from the same parameters."""
        self._run(TOGETHER, dict(batches), self._storage)

    def look_ahead(self, alpha: float) -> None:
        """Take the slow parameters of every living member the share `alpha` of the way to its own, which follow.

        So do averages of decay 0, which are the players' own parameters.
        """

        def gone_back(state: State, fast: Any, numbers: Hyperparameters, _: Any) -> Any:
            moved = lookahead(fast, state.slow, alpha)
            own = {player: moved[player] for player in state.average}
            average = where(numbers.ema == 0, own, state.average)
            return where(state.alive, (moved, moved, average), (state.slow, fast, state.average))

        fast = {player: own.parameters for player, own in self.state.players.items()}
        with torch.no_grad():
            gone = self._lift(gone_back)(self.state, fast, self.numbers, ())
            _write((self.state.slow, fast, self.state.average), gone)

    def set_numbers(self, numbers: Hyperparameters) -> None:
        """Replace the numbers that the next updates take."""
        _write(self.numbers, numbers)

    def fits(self, batches: Mapping[str, Batch]) -> bool:
        """Whether the device has the memory for the updates, uncompiled; they are made."""
        self._programs = {}
        try:
            for name in self._names():
                self._run(name, *self._inputs(name, batches))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            return False
        return True

    def diagnose(self, player: str, batch: Batch) -> dict[str, Tensor]:
        """The readings [S] of `Member.diagnose`, on a batch of `player`."""
        with torch.no_grad():
            readings: dict[str, Tensor] = self._lift(self.member.diagnose)(
                self.state, batch, self.numbers, self._storage[player]
            )
        return readings

    def read_meters(self) -> dict[str, Tensor]:
        """The meters' means [S] over the updates since they were last read; they start again from zero."""
        means: dict[str, Tensor] = {}
        for own in self.state.players.values():
            means |= {name: total / own.meters["updates"] for name, total in own.meters.items() if name != "updates"}
            for total in own.meters.values():
                total.zero_()
        return means

    def _names(self) -> tuple[str, ...]:
        """The updates that an iteration is made of."""
        return (TOGETHER,) if self._together else self.member.game.players

    def _inputs(self, name: str, batches: Mapping[str, Batch]) -> tuple[Any, Any]:
        """The batches of an update, and what these are gathered from."""
        return (dict(batches), self._storage) if name == TOGETHER else (batches[name], self._storage[name])

    def _run(self, name: str, batch: Any, storage: Any) -> None:
        program = self._programs.get(name)
        if program is None:
            with torch.no_grad():
                self._make(name, self.state, batch, self.numbers, storage)
        else:
            program(*self._state_leaves, *tree_leaves(batch), *self._number_leaves, *tree_leaves(storage))

    def _make(self, name: str, state: State, batch: Any, numbers: Hyperparameters, storage: Any) -> None:
        """Make an update of every member, and write what it changes."""
        if name == TOGETHER:
            _write(state, self._lift(self.member.update_together)(state, batch, numbers, storage))
            return

        def one(state: State, batch: Any, numbers: Hyperparameters, storage: Any) -> Any:
            return self.member.update(name, state, batch, numbers, storage)

        update = self._lift(one)(state, batch, numbers, storage)
        _write((state.alive, state.players[name]), (update.alive, update.player))
        _write([state.average[name]] if update.average else [], [update.average] if update.average else [])
        _write([state.extra[entry] for entry in update.extra], list(update.extra.values()))

    def _flat(self, name: str, batch: Any, storage: Any) -> tuple[Callable[..., None], list[Tensor]]:
        """An update as a function of the leaves of its arguments, and these leaves."""
        leaves, structure = tree_flatten((self.state, batch, self.numbers, storage))
        return lambda *tensors: self._make(name, *tree_unflatten(tensors, structure)), leaves


Lifted = Callable[[State, Any, Any, Any], Any]
"""A function of the state, of one batch or those of all players, of the numbers, and of the batches' storage."""


def _over_members(update: Lifted) -> Lifted:
    """`update` of one member as that of all: but for the storage, every leaf has a leading [S]."""
    lifted: Lifted = torch.vmap(update, in_dims=(0, 0, 0, None))
    return lifted


def _for_one_member(update: Lifted) -> Lifted:
    """`update` of one member as that of a population of one."""

    def lifted(state: State, batch: Any, numbers: Hyperparameters, storage: Any) -> Any:
        own_state, own_batch, own_numbers = tree_map(lambda leaf: leaf[0], (state, batch, numbers))
        return tree_map(lambda leaf: leaf[None], update(own_state, own_batch, own_numbers, storage))

    return lifted


def _write(old: Any, new: Any) -> None:
    for target, source in zip(tree_leaves(old), tree_leaves(new), strict=True):
        assert isinstance(target, Tensor)
        target.copy_(source)
