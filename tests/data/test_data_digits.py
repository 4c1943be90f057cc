import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from ganlab.data import digits, load  # noqa: F401 (registers the source)
from ganlab.errors import InputError


def test_the_splits_are_1442_and_355_images_of_ten_classes():
    data = load("digits", {"reference": "test"}, "test")
    assert data.classes == 10
    assert data.sample_shape == (1, 8, 8)
    assert len(data.storage[0]) == len(data.storage[1]) == 1442
    assert data.reference.name == "the 355 test images of digits (every fifth of each class)"
    assert len(data.reference.images) == len(data.reference.labels) == 355
    assert data.reference.extractor == "digits"


def test_every_class_gives_a_fifth_to_the_test_split():
    data = load("digits", {"reference": "test"}, "test")
    counts = np.bincount(load_digits().target)
    assert torch.bincount(data.reference.labels).tolist() == (counts // 5).tolist()
    assert torch.bincount(data.storage[1]).tolist() == (counts - counts // 5).tolist()


def test_no_image_is_lost_and_0_to_16_become_0_to_255():
    data = load("digits", {"reference": "test"}, "test")
    together = torch.cat([data.storage[0], data.reference.images]).flatten(1).numpy()
    expected = np.rint(load_digits().data / 16 * 255).astype(np.uint8)
    assert sorted(map(tuple, together)) == sorted(map(tuple, expected))


def test_by_default_generated_digits_are_compared_with_the_training_split():
    data = load("digits", {}, "test")
    assert data.reference.name.startswith("the 1,442 training images of digits")
    assert torch.equal(data.reference.images, data.storage[0])
    assert data.reference.others().name.startswith("the 355 test images of digits")


def test_an_unknown_split_is_refused():
    with pytest.raises(InputError, match=r"^test: 'reference' is 'val'; it must be 'train' or 'test'$"):
        load("digits", {"reference": "val"}, "test")


def test_what_was_found_names_the_digits():
    data = load("digits", {}, "test")
    assert data.class_names == tuple("0123456789")
    counts = np.bincount(load_digits().target)
    told = ", ".join(f"{digit} ({count - count // 5})" for digit, count in enumerate(counts))
    assert data.found.endswith(f"every fifth of each class), 8x8 grey, 10 classes: {told}")
