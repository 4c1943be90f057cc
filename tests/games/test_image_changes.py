"""Changes of images by whole pixels against numpy's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ganlab.games.image_changes import cut_out, flipped, translated, turned, whole

IMAGES = torch.randn(6, 2, 5, 7, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("reflect", "mode"), [(False, "constant"), (True, "reflect")])
def test_each_image_is_moved_by_pixels_of_its_own(reflect, mode):
    down, right = torch.tensor([0, 1, -1, 2, -2, 2]), torch.tensor([0, -2, 1, 3, 0, -3])
    moved = translated(IMAGES, down.float(), right.float(), reflect)
    for image, result, i, j in zip(IMAGES, moved, down.tolist(), right.tolist(), strict=True):
        padded = np.pad(image.numpy(), ((0, 0), (3, 3), (3, 3)), mode=mode)
        assert np.array_equal(result.numpy(), padded[:, 3 - i : 8 - i, 3 - j : 10 - j])


def test_the_gradient_of_what_is_moved_goes_back_to_its_pixel():
    weight = torch.randn(IMAGES.shape, generator=torch.Generator().manual_seed(1))
    down, right = torch.full((6,), 1.0), torch.full((6,), -2.0)
    images = IMAGES.clone().requires_grad_()
    (weight * translated(images, down, right, reflect=False)).sum().backward()
    assert torch.equal(images.grad, translated(weight, -down, -right, reflect=False))


def test_flips_and_turns_are_those_of_torch():
    square = IMAGES[..., :5]
    turns = torch.tensor([0.0, 1.0, 2.0, 3.0, 1.0, 3.0])
    for image, result, turn in zip(square, turned(square, turns), turns, strict=True):
        assert torch.equal(result, torch.rot90(image, int(turn), (1, 2)))
    which = torch.tensor([True, False, True, False, False, True])
    for image, result, flip in zip(IMAGES, flipped(IMAGES, which), which, strict=True):
        assert torch.equal(result, image.flip(2) if flip else image)


@given(row=st.integers(0, 5), column=st.integers(0, 7), height=st.integers(1, 4), width=st.integers(1, 5))
def test_what_is_cut_out_are_the_places_around_a_centre_moved_into_the_image(row, column, height, width):
    expected = IMAGES[:1].clone()
    for i in range(row - height // 2, row - height // 2 + height):
        for j in range(column - width // 2, column - width // 2 + width):
            expected[:, :, min(max(i, 0), 4), min(max(j, 0), 6)] = 0
    centre = torch.tensor([float(row)]), torch.tensor([float(column)])
    assert torch.equal(cut_out(IMAGES[:1], *centre, height, width), expected)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 9, 15, 33, 1025])
def test_whole_numbers_are_less_than_their_count(count):
    assert whole(torch.tensor([0.0, 1 - 2**-24]), count).tolist() == [0, count - 1]
    frequencies = torch.bincount(whole(torch.rand(20_000), count).long(), minlength=count) / 20_000
    torch.testing.assert_close(frequencies, torch.full((count,), 1 / count), rtol=0, atol=0.02)
