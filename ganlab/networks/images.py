"""The image sizes that convolutional builders make."""

from __future__ import annotations

from dataclasses import dataclass

from ganlab.errors import InputError

START = {8: 4, 16: 4, 28: 7, 32: 4, 64: 4}
"""The resolution from which each size is reached by doubling."""


@dataclass(frozen=True)
class Layout:
    """Images [channels, size, size] that grow from `start` x `start` in so many `doublings`."""

    channels: int
    size: int
    start: int
    doublings: int


def layout_of(sample_shape: tuple[int, ...], builder: str) -> Layout:
    """How the builder called `builder` makes samples of `sample_shape`.

    Raises:
        InputError: they are no images, or of a size that it does not make.
    """
    match sample_shape:
        case (channels, height, width) if height == width and height in START:
            start = START[height]
            return Layout(channels, height, start, (height // start).bit_length() - 1)
    raise InputError(
        f"builder '{builder}' makes images [C, H, W] of 8x8, 16x16, 28x28, 32x32 or 64x64 pixels, "
        f"not samples of shape {sample_shape}; give the data a size, such as size: 32, or choose the builder 'mlp'"
    )
