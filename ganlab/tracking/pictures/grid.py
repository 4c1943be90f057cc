"""Grids of images."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ganlab.tracking.pictures.base import Picture, register

LINE = 96
"""The grey of the lines between images, one pixel wide before magnification."""

SMALLEST_SIDE = 512
"""Images are shown magnified, by a whole number, until a picture is about so many pixels high."""


def tile(images: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """`images` [n, C, H, W] in rows of `columns`, with a line between them, as one picture [Y, X, C]."""
    count, channels, height, width = images.shape
    rows = math.ceil(count / columns)
    cells = np.full((rows * columns, channels, height + 1, width + 1), LINE, dtype=np.uint8)
    cells[:count, :, :height, :width] = images
    cells = cells.reshape(rows, columns, channels, height + 1, width + 1)
    return cells.transpose(0, 3, 1, 4, 2).reshape(rows * (height + 1), columns * (width + 1), channels)[:-1, :-1]


def grid_png(images: NDArray[np.uint8], columns: int | None = None) -> bytes:
    """A PNG of `images` [n, C, H, W], C = 1 or 3, in rows of `columns`, by default in a square."""
    return to_png(tile(images, columns or math.ceil(math.sqrt(len(images)))))


def to_png(picture: NDArray[np.uint8]) -> bytes:
    """A PNG of `picture` [H, W, C], magnified if it is small."""
    scale = max(1, round(SMALLEST_SIDE / picture.shape[0]))
    large = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    png = io.BytesIO()
    Image.fromarray(large.squeeze(-1) if large.shape[-1] == 1 else large).save(png, "PNG")
    return png.getvalue()


def grid_picture(title: str, arrays: Mapping[str, Any]) -> bytes:
    """A PNG of images of the averaged generator, and to their right of the last iterate from the same latents.

    There is no title in it: the pixels are the generators' own, magnified.

    Args:
        title: unused.
        arrays: ``images`` and ``raw`` [n, C, H, W], uint8.
    """
    images, raw = arrays["images"], arrays["raw"]
    columns = math.ceil(math.sqrt(len(images)))
    left, right = tile(images, columns), tile(raw, columns)
    gap = np.full((left.shape[0], images.shape[-1] // 2, left.shape[2]), 255, dtype=np.uint8)
    return to_png(np.concatenate([left, gap, right], axis=1))


register(Picture(name="grid", summary="images of the averaged generator beside the last iterate's", draw=grid_picture))
