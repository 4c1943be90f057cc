import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.data.array_images import CHUNK, array_set, resize
from ganlab.data.images import ResizableOptions, Split

IMAGES = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (6, 3, 8, 8), dtype=np.uint8))


def read(which):
    return Split(name=f"the images for {which}", images=IMAGES if which == "train" else IMAGES[:2], labels=None)


@pytest.mark.parametrize("size", [4, 13])
def test_resizing_is_pillows_antialiased_bicubic_to_within_a_level(size):
    expected = [
        np.asarray(Image.fromarray(channel).resize((size, size), Image.Resampling.BICUBIC))
        for channel in IMAGES.flatten(0, 1).numpy()
    ]
    resized = resize(IMAGES, size)
    assert (resized.dtype, resized.shape) == (torch.uint8, (6, 3, size, size))
    np.testing.assert_allclose(resized.flatten(0, 1).numpy().astype(int), np.stack(expected), atol=1)


def test_more_images_than_are_resized_at_once():
    many = IMAGES[:1].expand(CHUNK + 1, 3, 8, 8)
    assert torch.equal(resize(many, 4), resize(IMAGES[:1], 4).expand(CHUNK + 1, 3, 4, 4))


def test_both_splits_are_resized_and_say_so():
    data = array_set(read, ResizableOptions(size=4, reference="test"), classes=0, extractor="x")
    assert data.sample_shape == (3, 4, 4)
    assert data.reference.name == "the images for test, resized to 4x4"
    assert torch.equal(data.reference.images, resize(IMAGES[:2], 4))
    others = array_set(read, ResizableOptions(size=4), classes=0, extractor="x").reference.others()
    assert torch.equal(others.images, data.reference.images)


def test_a_classifier_fits_images_in_their_own_size_alone():
    def extractor(**options):
        return array_set(read, ResizableOptions(**options), classes=0, extractor="x").reference.extractor

    assert extractor() == "x"
    assert extractor(size=8) == "x"
    assert extractor(size=9) is None
