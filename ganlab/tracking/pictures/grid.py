"""Grids of images."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMALLEST_SIDE = 512
"""Images are shown magnified, by a whole number, until a grid is about so many pixels wide."""


def tile(images: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """`images` [n, C, H, W] in rows of `columns`, as one picture [rows * H, columns * W, C]; the rest is black."""
    count, channels, height, width = images.shape
    rows = math.ceil(count / columns)
    cells = np.zeros((rows * columns, channels, height, width), dtype=np.uint8)
    cells[:count] = images
    cells = cells.reshape(rows, columns, channels, height, width)
    return cells.transpose(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)


def grid_png(images: NDArray[np.uint8], columns: int | None = None) -> bytes:
    """A PNG of `images` [n, C, H, W], C = 1 or 3, in rows of `columns`, by default in a square."""
    columns = columns or math.ceil(math.sqrt(len(images)))
    picture = tile(images, columns)
    scale = max(1, SMALLEST_SIDE // picture.shape[1])
    large = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    png = io.BytesIO()
    Image.fromarray(large.squeeze(-1) if large.shape[-1] == 1 else large).save(png, "PNG")
    return png.getvalue()


def grid_picture(title: str, arrays: Mapping[str, Any]) -> bytes:
    """A PNG of ``images`` [n, C, H, W], uint8, without a title: each image is what the generator gave."""
    return grid_png(arrays["images"])
