"""S members as one program: the member's updates, lifted over a leading dimension and compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_leaves, tree_map

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
        compiled: whether the updates are compiled; eager ones give the same numbers up to rounding.
    """

    def __init__(self, member: Member, state: State, numbers: Numbers, compiled: bool = True) -> None:
        self.member = member
        self.state = state
        self.numbers = numbers

        def update_critic(state: State, batch: Batch, numbers: Numbers) -> None:
            alive, critic = torch.vmap(member.update_critic)(state, batch, numbers)
            _write((state.alive, state.critic), (alive, critic))

        def update_generator(state: State, batch: Batch, numbers: Numbers) -> None:
            alive, generator = torch.vmap(member.update_generator)(state, batch, numbers)
            _write((state.alive, state.generator), (alive, generator))

        self._update_critic = _compile(update_critic) if compiled else update_critic
        self._update_generator = _compile(update_generator) if compiled else update_generator

    def __len__(self) -> int:
        return len(self.state.alive)

    def update_critic(self, batch: Batch) -> None:
        """One critic update of every member; every leaf of `batch` [S, B, ...]."""
        self._update_critic(self.state, batch, self.numbers)

    def update_generator(self, batch: Batch) -> None:
        """One generator update of every member; every leaf of `batch` [S, B, ...]."""
        self._update_generator(self.state, batch, self.numbers)

    def warm_up(self, critic_batch: Batch, generator_batch: Batch) -> None:
        """Compile both programs on a copy of the state, which stays as it is."""
        state = tree_map(torch.clone, self.state)
        self._update_critic(state, critic_batch, self.numbers)
        self._update_generator(state, generator_batch, self.numbers)

    def unguarded(self) -> AbstractContextManager[object]:
        """Within it, compiled updates trust that shapes are those that they were compiled for.

        They are, once warmed up: a population never changes its size. Small networks gain a seventh.
        """
        stance: AbstractContextManager[object] = torch.compiler.set_stance(skip_guard_eval_unsafe=True)
        return stance

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


def _compile(function: Callable[..., None]) -> Callable[..., None]:
    return torch.compile(function, fullgraph=True, dynamic=False)


def _write(old: Any, new: Any) -> None:
    for target, source in zip(tree_leaves(old), tree_leaves(new), strict=True):
        assert isinstance(target, Tensor)
        target.copy_(source)
