import numpy as np
import pytest
import torch
from mnist_files import write_mnist

from ganlab.data import load, stacked_mnist  # noqa: F401 (registers the source)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Made of an MNIST of ten training and ten test images, where digit d is flat, of level 20 d or 20 d + 1."""
    root = tmp_path_factory.mktemp("sets")
    digits = np.arange(10)
    flat = np.broadcast_to(20 * digits[:, None, None], (10, 28, 28))
    write_mnist(root / "MNIST" / "raw", flat, digits, flat + 1, digits)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GANLAB_DATA", str(root))
        yield load("stacked-mnist", {"reference": "test"}, "test")


def test_128000_images_whose_channels_are_the_digits_of_their_label(data):
    images, labels = data.storage
    assert images.shape == (128_000, 3, 28, 28)
    assert data.sample_shape == (3, 28, 28)
    red, green, blue = (images[:, :, 0, 0].long() // 20).unbind(1)
    assert torch.equal(labels, 100 * red + 10 * green + blue)
    assert torch.equal(images, images[:, :, :1, :1].expand_as(images))


def test_all_1000_modes_are_about_equally_frequent(data):
    assert (data.classes, data.reference.modes, data.reference.extractor) == (1000, 1000, "mnist")
    counts = torch.bincount(data.storage[1], minlength=1000)
    # 128 each, up to six standard deviations of a binomial count.
    assert (counts - 128).abs().max() < 6 * np.sqrt(128)


def test_by_default_the_same_stacks_are_the_reference(data):
    again = load("stacked-mnist", {}, "test")
    assert again.fingerprint["images"] == again.fingerprint["reference"] == data.fingerprint["images"]
    assert again.reference.name == "128,000 images stacked at random (seed 0) from the 10 training images of mnist"
    assert again.reference.others().fingerprint == data.reference.fingerprint


def test_the_test_reference_is_made_of_test_digits(data):
    assert data.reference.images.shape == (26_000, 3, 28, 28)
    assert (data.reference.images % 20 == 1).all()
    assert data.reference.name == "26,000 images stacked at random (seed 1) from the 10 test images of mnist"
