"""All randomness of training, drawn outside the updates.

Every number is a function of the member's seed, the stream's name and the update's index alone: not of the
population, the device, the evaluations, or of where training was broken off. Numbers are drawn on the CPU.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

CPU = torch.device("cpu")

BLOCK = 16
"""Updates for which numbers are drawn at once."""

SEGMENT = 64
"""Blocks after which a generator is seeded afresh; going to any update redraws at most this many.

A generator's seed has 32 bits. With one for each segment, 32 members of 10,000 updates take some 2,000 of
them, and two coincide with a probability of 0.0005; with one for each block it would be 0.9.
"""


def derive(seed: int, *path: str | int) -> int:
    """A 32-bit seed for the stream `path` of the member `seed`."""
    text = "/".join(map(str, (seed, *path)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


def generator_for(seed: int, *path: str | int) -> torch.Generator:
    """A CPU generator at the start of the stream `path` of the member `seed`."""
    return torch.Generator().manual_seed(derive(seed, *path))


Fill = Callable[[Tensor, torch.Generator], object]
"""Fills a tensor [BLOCK, ...] with numbers from a generator."""


class Stream:
    """One kind of random numbers for all members, in the order of updates.

    Args:
        seeds: of the members [S].
        name: tells streams of one member apart.
        shape: of one member's numbers for one update.
        fill: draws them for a block of updates.
        device: where they are needed.
        dtype: of the numbers.
        part: of the numbers' first axis, what is needed here; all are drawn whatever it is.
    """

    def __init__(
        self,
        seeds: Sequence[int],
        name: str,
        shape: tuple[int, ...],
        fill: Fill,
        device: torch.device = CPU,
        dtype: torch.dtype = torch.float32,
        part: slice = slice(None),
    ) -> None:
        self._seeds = seeds
        self._name = name
        self._fill = fill
        self._generators: list[torch.Generator] = []
        self._block = -1
        self._device = device
        self._numbers = torch.empty(len(seeds), BLOCK, *shape, dtype=dtype)
        self._needed = self._numbers[:, :, part] if shape else self._numbers
        self._block_there = self._needed

    def at(self, update: int) -> Tensor:
        """The numbers [S, ...] of update `update`; they stand until the next call."""
        block, offset = divmod(update, BLOCK)
        return self.block(block)[:, offset]

    def block(self, block: int) -> Tensor:
        """The numbers [S, BLOCK, ...] of all updates of a block; they stand until the next call."""
        if block != self._block:
            self._go_to(block)
        return self._block_there

    def _go_to(self, block: int) -> None:
        segment, position = divmod(block, SEGMENT)
        skipped = 0
        if position == 0 or block != self._block + 1:
            self._generators = [generator_for(seed, self._name, segment) for seed in self._seeds]
            skipped = position
        for numbers, generator in zip(self._numbers, self._generators, strict=True):
            for _ in range(skipped + 1):
                self._fill(numbers, generator)
        self._block_there = self._there()
        self._block = block

    def _there(self) -> Tensor:
        """The numbers on the device; a GPU takes them beside its work from a copy that it can reach by itself."""
        if self._device.type != "cuda":
            return self._needed.contiguous().to(self._device)
        return self._needed.contiguous().pin_memory().to(self._device, non_blocking=True)
