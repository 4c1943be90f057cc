"""Packs: samples that the discriminator sees as one (PacGAN, arXiv:1712.04086)."""

from __future__ import annotations

from torch import Tensor


def packed_shape(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """Of a pack of `size` samples of `shape`: longer by that factor along the first axis, channels or coordinates."""
    return (size * shape[0], *shape[1:])


def pack(samples: Tensor, size: int) -> Tensor:
    """`samples` [B, C, ...] in packs of `size` consecutive ones [B / size, size C, ...]."""
    return samples if size == 1 else samples.reshape(-1, size * samples.shape[1], *samples.shape[2:])


def unpack(packs: Tensor, size: int) -> Tensor:
    """The samples [B, C, ...] of `packs` [B / size, size C, ...]."""
    return packs if size == 1 else packs.reshape(-1, packs.shape[1] // size, *packs.shape[2:])
