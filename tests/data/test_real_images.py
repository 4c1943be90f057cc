"""Real images by the name of a data set, or from where they lie."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.data.image_files import frame, write_images
from ganlab.data.images import fingerprint
from ganlab.data.real_images import read_side, real_side, with_like_channels
from ganlab.errors import InputError

IMAGES = torch.randint(256, (5, 3, 8, 6), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
IMAGES[0, 0, 0, :2] = torch.tensor([0, 255], dtype=torch.uint8)
GREY = IMAGES[:, :1]


@pytest.mark.parametrize("name", ["some.npz", "folder"])
def test_a_file_or_a_folder_is_read(tmp_path, name):
    write_images(tmp_path / name, IMAGES)
    side = real_side(str(tmp_path / name))
    found = side.content
    assert torch.equal(found.images, IMAGES)
    assert found.fingerprint == fingerprint(IMAGES)
    assert found.name == str(tmp_path / name)
    assert (found.labels, found.classes, found.extractor) == (None, 0, None)
    assert side.found == f"{tmp_path / name}: 5 RGB images of 6x8 pixels, levels 0 to 255"
    assert side.equals(read_side(str(tmp_path / name)))


def test_statistics_are_read(tmp_path):
    np.savez(tmp_path / "x.npz", mu=np.zeros(4), sigma=np.eye(4))
    side = real_side(str(tmp_path / "x.npz"))
    assert side.found == f"{tmp_path}/x.npz: mean and covariance of 4 features"
    assert side.equals(read_side(str(tmp_path / "x.npz")))


def test_paths_are_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("PLACE", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    write_images(tmp_path / "x.npz", IMAGES)
    for path in ("${PLACE}/x.npz", "~/x.npz"):
        assert real_side(path).equals(read_side(path))


@pytest.mark.parametrize("name", ["digits", "Digits", "DIGITS"])
def test_a_data_set_is_taken_by_its_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    side = real_side(name)
    assert side.content.images.shape[1:] == (1, 8, 8)
    assert (side.content.classes, side.content.extractor) == (10, "digits")
    assert side.found == (
        "the 1,442 training images of digits (all but every fifth of each class): "
        "1,442 grey images of 8x8 pixels, levels 0 to 255"
    )


@pytest.mark.parametrize("name", ["Fashion_MNIST", "FashionMNIST", "fashion-mnist"])
def test_the_case_of_a_name_and_how_its_words_are_joined_do_not_matter(tmp_path, monkeypatch, name):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    with pytest.raises(InputError, match="holds no whole fashion-mnist"):
        real_side(name)


def test_what_lies_there_goes_before_a_data_set_of_the_same_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "digits", IMAGES)
    assert torch.equal(real_side("digits").content.images, IMAGES)


def test_data_on_the_line_is_no_images():
    with pytest.raises(InputError, match="the data set 'gaussian' has no images to measure against"):
        real_side("gaussian")


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(InputError, match="did you mean 'digits'"):
        real_side("digts")


def test_a_name_of_nothing_is_told_the_sets_of_images():
    with pytest.raises(InputError) as error:
        real_side("nosuch")
    assert str(error.value) == (
        "there is no file, folder or set of images 'nosuch'; known: mnist, fashion-mnist, "
        "cifar10, cifar100, svhn, stl10, celeba, digits, stacked-mnist"
    )


def test_a_set_is_resized_by_its_own_option(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    side = real_side("digits", 12)
    assert torch.equal(side.content.images, load("digits", {"size": 12}, "test").reference.images)
    assert side.content.extractor is None
    assert "resized to 12x12" in side.found
    assert real_side("digits", 8).content.extractor == "digits"


@pytest.mark.parametrize("name", ["some.npz", "folder"])
def test_images_are_cropped_and_resized(tmp_path, name):
    write_images(tmp_path / name, IMAGES)
    side = read_side(str(tmp_path / name), 4)
    assert torch.equal(side.content.images, frame(IMAGES, 4)[0])
    assert side.content.fingerprint == fingerprint(side.content.images)
    assert side.found.endswith(" (cropped to squares and resized to 4x4, bicubic)")


def sides(tmp_path, *images):
    for number, some in enumerate(images):
        write_images(tmp_path / f"{number}.npz", some)
    return [read_side(str(tmp_path / f"{number}.npz")) for number in range(len(images))]


@pytest.mark.parametrize("swapped", [False, True])
def test_grey_images_kept_as_rgb_are_compared_as_grey(tmp_path, swapped):
    order = [GREY, GREY.expand(-1, 3, -1, -1)]
    made = with_like_channels(*sides(tmp_path, *(order[::-1] if swapped else order)))
    assert all(torch.equal(side.content.images, GREY) for side in made)
    assert [bool(side.notes) for side in made] == [swapped, not swapped]
    assert made[not swapped].found.endswith(
        "5 grey images of 6x8 pixels, levels 0 to 255 (grey kept as RGB, compared as grey)"
    )
    assert made[0].equals(made[1])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(IMAGES, id="RGB"),
        pytest.param(torch.cat([GREY.expand(-1, 3, -1, -1), IMAGES[:1]]), id="one in colour"),
        pytest.param(torch.stack([GREY[:, 0], GREY[:, 0], 255 - GREY[:, 0]], dim=1), id="blue differs"),
    ],
)
def test_colours_are_not_thrown_away(tmp_path, other):
    grey, colour = sides(tmp_path, GREY, other)
    assert with_like_channels(grey, colour) == (grey, colour)


def test_where_both_sides_are_kept_as_rgb_nothing_changes(tmp_path):
    first, second = sides(tmp_path, GREY.expand(-1, 3, -1, -1), IMAGES)
    assert with_like_channels(first, second) == (first, second)
