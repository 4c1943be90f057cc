"""Samples that do not fit on the device, brought there as they are needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ganlab.data import Data
from ganlab.training.state import Storage
from ganlab.training.streams import BLOCK, Stream


class Streamed:
    """The entries of a stream, of data whose storage does not fit on the device.

    A thread of its own gathers the samples of the next block while the device is busy with this one.

    Attributes:
        storage: of the samples of one block, on the device, where each block replaces the one before.

    Args:
        entries: the stream of entries, on the CPU.
        data: from whose storage samples are gathered.
        device: where the samples are needed.
    """

    def __init__(self, entries: Stream, data: Data, device: torch.device) -> None:
        self._entries = entries
        self._data = data
        self._block = -1
        self._thread = ThreadPoolExecutor(1)
        self._blocks: Iterator[tuple[Tensor, Storage]] = iter(())
        self._coming: Future[tuple[Tensor, Storage]] | None = None
        self._indices = torch.empty_like(entries.block(0), device=device)
        shapes = [(self._indices.numel(), *table.shape[1:]) for table in data.storage]
        self.storage = tuple(
            torch.empty(shape, dtype=table.dtype, device=device)
            for shape, table in zip(shapes, data.storage, strict=True)
        )

    def at(self, update: int) -> Tensor:
        """The entries of update `update` [S, ...], for `storage`; both are valid until the next call."""
        block, offset = divmod(update, BLOCK)
        if block != self._block:
            self._go_to(block)
        return self._indices[:, offset]

    def _go_to(self, block: int) -> None:
        if self._coming is None or block != self._block + 1:
            self._blocks = iter(self._loader(block))
            self._coming = self._thread.submit(next, self._blocks)
        indices, storage = self._coming.result()
        self._coming = self._thread.submit(next, self._blocks)
        for there, here in zip((self._indices, *self.storage), (indices.view_as(self._indices), *storage), strict=True):
            there.copy_(here, non_blocking=True)
        self._block = block

    def _loader(self, first: int) -> DataLoader[tuple[Tensor, Storage]]:
        """The samples of all blocks from `first` on.

        Without workers: these are processes, which copy samples through shared memory and take part in every signal.
        """
        return DataLoader(
            _Gathering(self._data),
            batch_sampler=_Blocks(self._entries, first),
            collate_fn=_as_they_are,
            pin_memory=self._indices.is_cuda,
        )


@dataclass(frozen=True)
class _Blocks:
    """Entries, block by block."""

    entries: Stream
    first: int

    def __iter__(self) -> Iterator[list[int]]:
        for block in itertools.count(self.first):
            yield self.entries.block(block).flatten().tolist()


@dataclass(frozen=True)
class _Gathering(Dataset[tuple[Tensor, Storage]]):
    data: Data

    def __getitems__(self, entries: list[int]) -> tuple[Tensor, Storage]:
        return self.data.gather(torch.tensor(entries))


def _as_they_are(samples: Any) -> Any:
    return samples
