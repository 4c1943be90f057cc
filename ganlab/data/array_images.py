"""Sets of images that are read as whole arrays, and resized if need be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from ganlab.data.images import ImageSet, ResizableOptions, Split, SplitName

CHUNK = 1000
"""How many images are resized at once."""


def array_set(
    read: Callable[[SplitName], Split], options: ResizableOptions, *, classes: int, extractor: str | None = None
) -> ImageSet:
    """The set whose splits `read` gives.

    Args:
        read: gives a split by its name.
        options: what the user wished.
        classes: how many labels there are; 0 without labels.
        extractor: the classifier that was fit to these images; it does not fit them resized.
    """

    def test() -> Split:
        return _sized(read("test"), options.size)

    own = read("train")
    training = _sized(own, options.size)
    return ImageSet(
        training,
        training if options.reference == "train" else test(),
        test=test,
        classes=classes,
        flips=options.flips,
        extractor=extractor if training is own else None,
    )


def resize(images: Tensor, size: int) -> Tensor:
    """uint8 images [n, C, H, W] as [n, C, size, size]: bicubic, and antialiased where they shrink."""
    return torch.cat(
        [
            functional.interpolate(chunk.contiguous(), (size, size), mode="bicubic", antialias=True)
            for chunk in torch.split(images, CHUNK)
        ]
    )


def _sized(split: Split, size: int | None) -> Split:
    if size is None or split.images.shape[2:] == (size, size):
        return split
    return replace(split, images=resize(split.images, size), name=f"{split.name}, resized to {size}x{size}")
