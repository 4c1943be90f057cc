"""Real images by the name of a data set, or from where they lie."""

from __future__ import annotations

import pytest
import torch

from ganlab.data.image_files import write_images
from ganlab.data.images import fingerprint
from ganlab.data.real_images import real_images
from ganlab.errors import InputError

IMAGES = torch.randint(256, (5, 3, 8, 8), generator=torch.Generator().manual_seed(0)).to(torch.uint8)


@pytest.mark.parametrize("name", ["some.npz", "folder"])
def test_a_file_or_a_folder_is_read(tmp_path, name):
    write_images(tmp_path / name, IMAGES)
    found = real_images(str(tmp_path / name))
    assert torch.equal(found.images, IMAGES)
    assert found.fingerprint == fingerprint(IMAGES)
    assert found.name == str(tmp_path / name)
    assert (found.labels, found.classes, found.extractor) == (None, 0, None)


def test_a_data_set_is_taken_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = real_images("digits")
    assert found.images.shape[1:] == (1, 8, 8)
    assert (found.classes, found.extractor) == (10, "digits")


def test_what_lies_there_goes_before_a_data_set_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "digits", IMAGES)
    assert torch.equal(real_images("digits").images, IMAGES)


def test_data_on_the_line_is_no_images():
    with pytest.raises(InputError, match="the data set 'gaussian' has no images to measure against"):
        real_images("gaussian")


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(InputError, match="did you mean 'digits'"):
        real_images("digts")


def test_a_name_of_nothing_is_told_the_sets_of_images():
    with pytest.raises(InputError) as error:
        real_images("nosuch")
    assert str(error.value) == (
        "there is no file, folder or set of images 'nosuch'; known: mnist, fashion-mnist, "
        "cifar10, cifar100, svhn, stl10, celeba, digits, stacked-mnist"
    )
