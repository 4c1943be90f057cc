"""S members as one program: the member's updates, lifted over a leading dimension and compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from ganlab.compiler import Program, compile_updates
from ganlab.training.devices import is_out_of_memory
from ganlab.training.member import Batch, Member, Numbers, State, Tables


def stack(trees: Sequence[Any]) -> Any:
    """Trees of equal structure as one whose every leaf has a leading dimension over them."""
    return tree_map(lambda *leaves: torch.stack(leaves), *trees)


def take(tree: Any, index: int) -> Any:
    """The part of a stacked tree that belongs to member `index`, copied."""
    return tree_map(lambda leaf: leaf[index].clone(), tree)


class Population:
    """The members' stacked state, and the two programs that advance it in place.

    Args:
        member: the updates that all members share.
        state: every leaf [S, ...]; it is written in place.
        numbers: every leaf [S].
        tables: what all members look their samples up in: in the critic's updates, and in the generator's.
        batched: whether the updates are lifted over the members. If not, there is one member, whose own shapes the
            program has: what convolutions want, which a dimension over members turns into slower ones.
    """

    def __init__(
        self, member: Member, state: State, numbers: Numbers, tables: tuple[Tables, Tables], batched: bool = True
    ) -> None:
        self.member = member
        self.state = state
        self.numbers = numbers
        self._critic_tables, self._generator_tables = self._tables = tables
        self._lift = _over_members if batched else _for_one_member
        self._programs: dict[Update, Program] = {}

    def compile(self, critic_batch: Batch, generator_batch: Batch, together: bool = False) -> None:
        """Compile the updates that are made, for batches that are laid out like these.

        Uncompiled updates, which are made until then, give the same numbers up to rounding.
        """
        self._state_leaves = tree_leaves(self.state)
        self._number_leaves = tree_leaves(self.numbers)
        updates = self._updates(critic_batch, generator_batch, together)
        programs = compile_updates([self._flat(*update) for update in updates])
        self._programs = {update: program for (update, *_), program in zip(updates, programs, strict=True)}

    def update_critic(self, batch: Batch) -> None:
        """One critic update of every member; every leaf of `batch` [S, B, ...]."""
        self._run(self._update_critic, batch, self._critic_tables)

    def update_generator(self, batch: Batch) -> None:
        """One generator update of every member; every leaf of `batch` [S, B, ...]."""
        self._run(self._update_generator, batch, self._generator_tables)

    def update_both(self, critic_batch: Batch, generator_batch: Batch) -> None:
        """One update of both players of every member, from the same parameters."""
        self._run(self._update_both, (critic_batch, generator_batch), self._tables)

    def set_numbers(self, numbers: Numbers) -> None:
        """Replace the numbers that the next updates take."""
        _write(self.numbers, numbers)

    def fits(self, critic_batch: Batch, generator_batch: Batch, together: bool = False) -> bool:
        """Whether the device has the memory for the updates, uncompiled; they are made."""
        self._programs = {}
        try:
            for update in self._updates(critic_batch, generator_batch, together):
                self._run(*update)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
            return False
        return True

    def _updates(self, critic_batch: Batch, generator_batch: Batch, together: bool) -> list[tuple[Update, Any, Any]]:
        """The updates that an iteration is made of, each with its batch and its tables."""
        if together:
            return [(self._update_both, (critic_batch, generator_batch), self._tables)]
        return [
            (self._update_critic, critic_batch, self._critic_tables),
            (self._update_generator, generator_batch, self._generator_tables),
        ]

    def _run(self, update: Update, batch: Any, tables: Any) -> None:
        program = self._programs.get(update)
        if program is None:
            with torch.no_grad():
                update(self.state, batch, self.numbers, tables)
        else:
            program(*self._state_leaves, *tree_leaves(batch), *self._number_leaves, *tree_leaves(tables))

    def _update_critic(self, state: State, batch: Batch, numbers: Numbers, tables: Tables) -> None:
        alive, critic = self._lift(self.member.update_critic)(state, batch, numbers, tables)
        _write((state.alive, state.critic), (alive, critic))

    def _update_generator(self, state: State, batch: Batch, numbers: Numbers, tables: Tables) -> None:
        alive, generator = self._lift(self.member.update_generator)(state, batch, numbers, tables)
        _write((state.alive, state.generator), (alive, generator))

    def _update_both(
        self, state: State, batches: tuple[Batch, Batch], numbers: Numbers, tables: tuple[Tables, Tables]
    ) -> None:
        _write(state, self._lift(self.member.update_both)(state, batches, numbers, tables))

    def _flat(self, update: Update, batch: Any, tables: Any) -> tuple[Callable[..., None], list[Tensor]]:
        """`update` as a function of the leaves of its arguments, and these leaves."""
        leaves, structure = tree_flatten((self.state, batch, self.numbers, tables))
        return lambda *tensors: update(*tree_unflatten(tensors, structure)), leaves

    def diagnose(self, batch: Batch) -> dict[str, Tensor]:
        """The readings [S] of `Member.diagnose`, on a batch of the generator's."""
        with torch.no_grad():
            lifted = self._lift(lambda state, batch, numbers, tables: self.member.diagnose(state, batch, tables))
            readings: dict[str, Tensor] = lifted(self.state, batch, self.numbers, self._generator_tables)
        return readings

    def read_meters(self) -> dict[str, Tensor]:
        """The meters' means [S] over the updates since they were last read; they start again from zero."""
        means: dict[str, Tensor] = {}
        for meters in (self.state.critic.meters, self.state.generator.meters):
            means |= {name: total / meters["updates"] for name, total in meters.items() if name != "updates"}
            for total in meters.values():
                total.zero_()
        return means


Update = Callable[[State, Any, Numbers, Any], Any]
"""A function of the state, of one batch or both players', of the numbers, and of the batches' tables."""


def _over_members(update: Update) -> Update:
    """`update` of one member as that of all: but for the tables, every leaf has a leading [S]."""
    lifted: Update = torch.vmap(update, in_dims=(0, 0, 0, None))
    return lifted


def _for_one_member(update: Update) -> Update:
    """`update` of one member as that of a population of one."""

    def lifted(state: State, batch: Any, numbers: Numbers, tables: Any) -> Any:
        own_state, own_batch, own_numbers = tree_map(lambda leaf: leaf[0], (state, batch, numbers))
        return tree_map(lambda leaf: leaf[None], update(own_state, own_batch, own_numbers, tables))

    return lifted


def _write(old: Any, new: Any) -> None:
    for target, source in zip(tree_leaves(old), tree_leaves(new), strict=True):
        assert isinstance(target, Tensor)
        target.copy_(source)
