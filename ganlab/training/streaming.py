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
from ganlab.training.member import Storage
from ganlab.training.streams import BLOCK, Stream


class Streamed:
    """What a stream draws of data whose tables do not fit on the device.

    A thread of its own looks the samples of the next block up while the device is busy with this one.

    Attributes:
        tables: of the samples of one block, on the device, where each block replaces the one before.

    Args:
        drawn: the stream of what is drawn, on the CPU.
        data: whose tables it is looked up in.
        device: where the samples are needed.
    """

    def __init__(self, drawn: Stream, data: Data, device: torch.device) -> None:
        self._drawn = drawn
        self._data = data
        self._block = -1
        self._thread = ThreadPoolExecutor(1)
        self._blocks: Iterator[tuple[Tensor, Storage]] = iter(())
        self._coming: Future[tuple[Tensor, Storage]] | None = None
        self._places = torch.empty_like(drawn.block(0), device=device)
        shapes = [(self._places.numel(), *table.shape[1:]) for table in data.tables]
        self.tables = tuple(
            torch.empty(shape, dtype=table.dtype, device=device)
            for shape, table in zip(shapes, data.tables, strict=True)
        )

    def at(self, update: int) -> Tensor:
        """What was drawn for update `update` [S, ...], to be looked up in `tables`; both stand until the next call."""
        block, offset = divmod(update, BLOCK)
        if block != self._block:
            self._go_to(block)
        return self._places[:, offset]

    def _go_to(self, block: int) -> None:
        if self._coming is None or block != self._block + 1:
            self._blocks = iter(self._loader(block))
            self._coming = self._thread.submit(next, self._blocks)
        places, tables = self._coming.result()
        self._coming = self._thread.submit(next, self._blocks)
        for there, here in zip((self._places, *self.tables), (places.view_as(self._places), *tables), strict=True):
            there.copy_(here, non_blocking=True)
        self._block = block

    def _loader(self, first: int) -> DataLoader[tuple[Tensor, Storage]]:
        """The samples of all blocks from `first` on.

        Without workers: these are processes, which copy samples through shared memory and take part in every signal.
        """
        return DataLoader(
            _LookUp(self._data),
            batch_sampler=_Blocks(self._drawn, first),
            collate_fn=_as_they_are,
            pin_memory=self._places.is_cuda,
        )


@dataclass(frozen=True)
class _Blocks:
    """What is drawn, block by block."""

    drawn: Stream
    first: int

    def __iter__(self) -> Iterator[list[int]]:
        for block in itertools.count(self.first):
            yield self.drawn.block(block).flatten().tolist()


@dataclass(frozen=True)
class _LookUp(Dataset[tuple[Tensor, Storage]]):
    data: Data

    def __getitems__(self, drawn: list[int]) -> tuple[Tensor, Storage]:
        return self.data.look_up(torch.tensor(drawn))


def _as_they_are(samples: Any) -> Any:
    return samples
