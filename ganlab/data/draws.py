"""Independent draws from a distribution that is known, without or with the component that each comes from."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import SampleReference
from ganlab.data.training_set import Draw, training_draw
from ganlab.errors import InputError

FEW = 64
"""Samples on which a distribution is tried."""


class Draws(Data):
    """Draws from a distribution, afresh or from a fixed set. Networks see them as they are, in the data's own units.

    Args:
        reference: the distribution.
        draw: independent samples [count, d] of it, or, with `shares`, [count, d + 1], whose last column is the number
            of the component that each comes from.
        training_samples: how many of these are learnt from; None draws every batch afresh.
        shares: of the components, of sum 1; these are the classes that a conditional network is given.
    """

    def __init__(
        self, reference: SampleReference, draw: Draw, training_samples: int | None, shares: tuple[float, ...] = ()
    ) -> None:
        self.reference = reference
        self.sample_shape = reference.sample_shape
        self.fingerprint = {}
        self.classes = len(shares)
        self._shares = torch.tensor(shares, dtype=torch.float64)
        self.balanced = len(set(shares)) <= 1
        self._draw = training_draw(draw, training_samples)
        self._labelled = False
        _require_in_range(draw(torch.Generator().manual_seed(0), FEW)[:, : self.sample_shape[0]])

    @property
    def entry_shape(self) -> tuple[int, ...]:
        return (self.sample_shape[0] + 1,) if self._labelled else self.sample_shape

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        return self._draw(generator, count)[:, : self.entry_shape[0]]

    def transform(self, entries: Tensor, storage: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None]:
        if not self._labelled:
            return entries, None
        return entries[..., :-1], entries[..., -1].long()

    def labelled(self) -> Data:
        """The same draws, each with its component; without one, the samples are the same numbers."""
        if not self.classes:
            return self
        other = copy.copy(self)
        other._labelled = True
        return other

    def draw_conditions(self, generator: torch.Generator, count: int) -> Tensor | None:
        """Components in turn where all are equally frequent, else drawn by their shares."""
        if self.balanced:
            return super().draw_conditions(generator, count)
        return torch.multinomial(self._shares, count, replacement=True, generator=generator)


def _require_in_range(few: Tensor) -> None:
    """Check on a few samples [n, d] that float32, in which they are drawn and networks compute, holds them.

    Raises:
        InputError: samples are infinite there, or all the same.
    """
    if not few.isfinite().all():
        raise InputError(
            "samples of this distribution are infinite in float32, in which networks compute; bring its mean and "
            "spread below 1e37"
        )
    if (few == few[0]).all():
        raise InputError(
            f"samples of this distribution are all {few[0, 0]:g} in float32, in which networks compute; widen its "
            "spread, or bring its mean nearer to 0"
        )


def with_component(samples: Tensor, component: Tensor) -> Tensor:
    """`samples` [count, d], and the component of each [count], side by side [count, d + 1]."""
    return torch.cat([samples, component.reshape(-1, 1).to(samples.dtype)], dim=1)
