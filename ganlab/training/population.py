"""S members as one program: the member's updates, lifted over a leading dimension and compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

from ganlab.training.compiler import Program, compile_update
from ganlab.training.member import Batch, Member, Numbers, State


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
    """

    def __init__(self, member: Member, state: State, numbers: Numbers) -> None:
        self.member = member
        self.state = state
        self.numbers = numbers
        self._critic_program: Program | None = None
        self._generator_program: Program | None = None

    def compile(self, critic_batch: Batch, generator_batch: Batch) -> None:
        """Compile both updates, for batches that are laid out like these; until then, they run uncompiled.

        Uncompiled updates give the same numbers up to rounding.
        """
        self._critic_program = self._compile(self._update_critic, critic_batch)
        self._generator_program = self._compile(self._update_generator, generator_batch)

    def update_critic(self, batch: Batch) -> None:
        """One critic update of every member; every leaf of `batch` [S, B, ...]."""
        if self._critic_program is None:
            self._update_critic(self.state, batch, self.numbers)
        else:
            self._critic_program(*self._state_leaves, *tree_leaves(batch), *self._number_leaves)

    def update_generator(self, batch: Batch) -> None:
        """One generator update of every member; every leaf of `batch` [S, B, ...]."""
        if self._generator_program is None:
            self._update_generator(self.state, batch, self.numbers)
        else:
            self._generator_program(*self._state_leaves, *tree_leaves(batch), *self._number_leaves)

    def _update_critic(self, state: State, batch: Batch, numbers: Numbers) -> None:
        alive, critic = torch.vmap(self.member.update_critic)(state, batch, numbers)
        _write((state.alive, state.critic), (alive, critic))

    def _update_generator(self, state: State, batch: Batch, numbers: Numbers) -> None:
        alive, generator = torch.vmap(self.member.update_generator)(state, batch, numbers)
        _write((state.alive, state.generator), (alive, generator))

    def _compile(self, update: Callable[[State, Batch, Numbers], None], batch: Batch) -> Program:
        """`update` as a program of the leaves of state, batch and numbers; tracing leaves the state as it is."""
        self._state_leaves = tree_leaves(self.state)
        self._number_leaves = tree_leaves(self.numbers)
        leaves, structure = tree_flatten((tree_map(torch.clone, self.state), batch, self.numbers))
        return compile_update(lambda *tensors: update(*tree_unflatten(tensors, structure)), leaves)

    def diagnose(self, batch: Batch) -> dict[str, Tensor]:
        """The readings [S] of `Member.diagnose`."""
        readings: dict[str, Tensor] = torch.vmap(self.member.diagnose)(self.state, batch)
        return readings

    def read_meters(self) -> dict[str, Tensor]:
        """The meters' means [S] over the updates since they were last read; they start again from zero."""
        means = {}
        for meters in (self.state.critic.meters, self.state.generator.meters):
            for name in meters.keys() - {"updates"}:
                means[name] = meters[name] / meters["updates"]
            for total in meters.values():
                total.zero_()
        return means


def _write(old: Any, new: Any) -> None:
    for target, source in zip(tree_leaves(old), tree_leaves(new), strict=True):
        assert isinstance(target, Tensor)
        target.copy_(source)
