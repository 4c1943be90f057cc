"""Changes of images [B, C, H, W] by whole pixels, one for each image, that round nothing and are differentiable."""

from __future__ import annotations

import torch
from torch import Tensor


def each(numbers: Tensor) -> Tensor:
    """One number for each image [B], as it is multiplied with images."""
    return numbers[:, None, None, None]


def whole(uniform: Tensor, count: int) -> Tensor:
    """Whole numbers from 0 to `count` - 1, as float32, of numbers that are uniform on [0, 1)."""
    return (uniform * count).floor()


def translated(images: Tensor, down: Tensor, right: Tensor, reflect: bool) -> Tensor:
    """`images` moved by whole pixels [B]; what comes in is zero, or the reflection of the image at its border.

    A product with zeros and ones gathers the pixels: unlike an index, its gradient is summed in a fixed order. In tf32
    it rounds them to ten bits after the first.
    """
    height, width = images.shape[2:]
    return _sources(down, height, reflect) @ images @ _sources(right, width, reflect).mT


def flipped(images: Tensor, which: Tensor) -> Tensor:
    """`images`, left and right exchanged in those of which `which` [B] is true."""
    return torch.where(each(which), images.flip(3), images)


def turned(images: Tensor, quarters: Tensor) -> Tensor:
    """Square `images`, turned by so many `quarters` [B], 0 to 3, against the clock."""
    once = torch.where(each(quarters % 2 == 1), images.mT.flip(2), images)
    return torch.where(each(quarters >= 2), once.flip(2, 3), once)


def cut_out(images: Tensor, down: Tensor, right: Tensor, height: int, width: int) -> Tensor:
    """`images` without a rectangle of `height` x `width` pixels around a centre [B], as far as it lies within them.

    Places outside of an image stand for the nearest row or column within it, as in the code of DiffAugment.
    """
    rows, columns = _covered(down, height, images.shape[2]), _covered(right, width, images.shape[3])
    return torch.where(rows[:, None, :, None] & columns[:, None, None, :], 0.0, images)


def _sources(offsets: Tensor, size: int, reflect: bool) -> Tensor:
    """[B, 1, size, size], 1 where the place of the row has its pixel from that of the column, else 0."""
    places = torch.arange(size, device=offsets.device)
    sources = places - offsets[:, None]
    if reflect:
        sources = (size - 1) - ((size - 1) - sources.abs()).abs()
    return (sources[:, None, :, None] == places).float()


def _covered(centres: Tensor, extent: int, size: int) -> Tensor:
    """Which of `size` places [B, size] lie within `extent` around the `centres` [B]."""
    places = torch.arange(size, device=centres.device)
    first = (centres - extent // 2)[:, None]
    last = first + extent - 1
    return (places >= first.clamp(0, size - 1)) & (places <= last.clamp(0, size - 1))
