"""The image sizes that convolutional builders make."""

from __future__ import annotations

import pytest

from ganlab.errors import InputError
from ganlab.networks.images import START, layout_of


@pytest.mark.parametrize("size", START)
@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_a_size_is_its_start_doubled(size, channels):
    layout = layout_of((channels, size, size), "dcgan")
    assert layout.start * 2**layout.doublings == layout.size == size
    assert layout.channels == channels
    assert layout.doublings >= 1


@pytest.mark.parametrize("shape", [(1,), (32, 32), (3, 32, 16), (3, 31, 31), (3, 128, 128), (1, 1, 32, 32)])
def test_other_samples_are_one_sentence_that_says_what_would_be_right(shape):
    with pytest.raises(InputError, match=r"builder 'dcgan' makes images \[C, H, W\] of 8x8.*, not samples of"):
        layout_of(shape, "dcgan")
