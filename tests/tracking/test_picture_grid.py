"""Images tiled into one picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ganlab.tracking.pictures.grid import LINE, SMALLEST_SIDE, grid_png, tile, to_png


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)


@given(st.integers(1, 12), st.sampled_from([1, 3]), st.integers(1, 5), st.integers(1, 5), st.integers(1, 6))
def test_every_image_stands_in_its_row_and_column_with_a_line_between(count, channels, height, width, columns):
    images = noise(count, channels, height, width)
    picture = tile(images, columns)
    rows = -(-count // columns)
    assert picture.shape == (rows * (height + 1) - 1, columns * (width + 1) - 1, channels)
    left = np.ones(picture.shape, dtype=bool)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        place = np.s_[row * (height + 1) :, column * (width + 1) :]
        assert np.array_equal(picture[place][:height, :width], image.transpose(1, 2, 0))
        left[place][:height, :width] = False
    assert (picture[left] == LINE).all()


@pytest.mark.parametrize(("count", "side"), [(1, 1), (4, 2), (5, 3), (64, 8)])
def test_by_default_a_grid_is_a_square(count, side):
    width, _ = Image.open(io.BytesIO(grid_png(noise(count, 1, 512, 8)))).size
    assert width == side * 9 - 1


@pytest.mark.parametrize("height", [1, 8, 100, 400, 512, 2_000])
def test_a_picture_is_magnified_by_a_whole_number_and_large_ones_are_left(height):
    picture = noise(height, 3, 3)
    shown = np.asarray(Image.open(io.BytesIO(to_png(picture))))
    scale = max(1, round(SMALLEST_SIDE / height))
    assert shown.shape == (height * scale, 3 * scale, 3)
    assert np.array_equal(shown[::scale, ::scale], picture)
    assert np.array_equal(shown[scale - 1 :: scale, scale - 1 :: scale], picture)
