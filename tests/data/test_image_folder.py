import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganlab.data import image_folder, load  # noqa: F401 (registers the source)
from ganlab.errors import InputError

CIFAR10 = Path(os.environ.get("GANLAB_DATA", "data")).absolute() / "cifar10-jpeg75" / "test"


@pytest.fixture(autouse=True)
def _root(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path / "root"))


@pytest.fixture
def folder(tmp_path):
    """A function that makes a folder of grey images from their names and levels, and gives its path."""

    def make(name, levels, size=(4, 4)):
        for file, level in levels.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", size, level).save(path)
        return str(tmp_path / name)

    return make


def test_subfolders_are_the_classes_in_the_order_of_their_names(folder):
    path = folder("pets", {"dog/a.png": 1, "cat/b.png": 2, "cat/deeper/c.png": 3})
    data = load("image-folder", {"path": path}, "test")
    assert data.classes == 2
    assert data.sample_shape == (1, 4, 4)
    assert data.tables[0][:, 0, 0, 0].tolist() == [2, 3, 1]
    assert data.tables[1].tolist() == [0, 0, 1]
    assert data.reference.name == f"the 3 images of '{path}'"
    assert torch.equal(data.reference.images, data.tables[0])


def test_linked_subfolders_are_classes_too(folder, tmp_path):
    elsewhere = folder("elsewhere", {"1/a.png": 1, "2/b.png": 2})
    path = tmp_path / "pets"
    path.mkdir()
    (path / "cat").symlink_to(f"{elsewhere}/2")
    (path / "dog").symlink_to(f"{elsewhere}/1")
    data = load("image-folder", {"path": str(path)}, "test")
    assert data.tables[0][:, 0, 0, 0].tolist() == [2, 1]
    assert data.tables[1].tolist() == [0, 1]


def test_one_image_is_called_one(folder):
    path = folder("one", {"a.png": 1})
    assert load("image-folder", {"path": path}, "test").reference.name == f"the 1 image of '{path}'"


@pytest.mark.parametrize("names", [["a.png", "cat/b.png", "dog/c.png"], ["all/a.png", "all/b.png"]])
def test_images_that_are_not_all_in_two_or_more_subfolders_have_no_classes(folder, names):
    data = load("image-folder", {"path": folder("flat", dict.fromkeys(names, 0))}, "test")
    assert data.classes == 0
    assert len(data.tables) == 1


def test_test_images_come_from_a_folder_of_their_own(folder):
    train, test = folder("train", {"a/1.png": 1, "b/2.png": 2}), folder("test", {"a/3.png": 3, "b/4.png": 4})
    options = {"path": train, "test_path": test, "reference": "test"}
    data = load("image-folder", options, "test")
    assert data.tables[0][:, 0, 0, 0].tolist() == [1, 2]
    assert data.reference.images[:, 0, 0, 0].tolist() == [3, 4]
    assert data.reference.name == f"the 2 images of '{test}'"


def test_test_images_that_are_not_the_reference_are_the_other_real_images(folder):
    train, test = folder("train", {"a/1.png": 1, "b/2.png": 2}), folder("test", {"a/3.png": 3, "b/4.png": 4})
    reference = load("image-folder", {"path": train, "test_path": test}, "test").reference
    assert reference.images[:, 0, 0, 0].tolist() == [1, 2]
    assert reference.others().images[:, 0, 0, 0].tolist() == [3, 4]
    assert load("image-folder", {"path": train}, "test").reference.others is None


def test_a_test_reference_needs_a_test_folder():
    with pytest.raises(InputError, match=r"^test: .*'reference: test' needs the folder of the test images"):
        load("image-folder", {"path": "x", "reference": "test"}, "test")


@pytest.mark.parametrize("reference", ["train", "test"])
@pytest.mark.parametrize(
    ("test", "size", "fault"),
    [
        ({"a/3.png": 3, "c/4.png": 4}, (4, 4), r"has the classes a, b and .* the classes a, c; they must be the same$"),
        (
            {"a/3.png": 3, "b/4.png": 4},
            (5, 4),
            r", of shape 1x4x4, and .*, of shape 1x4x5, are not alike; give 'size' to make",
        ),
        ({}, (4, 4), r"^there is no folder '.*/test'; give one that holds images$"),
    ],
)
def test_test_images_that_do_not_fit_are_refused_at_once(folder, reference, test, size, fault):
    options = {"path": folder("train", {"a/1.png": 1, "b/2.png": 2}), "test_path": folder("test", test, size)}
    with pytest.raises(InputError, match=fault):
        load("image-folder", options | {"reference": reference}, "test")


def test_images_of_different_sizes_need_a_size(folder):
    folder("mixed", {"a.png": 1}, size=(4, 4))
    path = folder("mixed", {"b.png": 2}, size=(8, 6))
    with pytest.raises(InputError, match=r"^images differ in size: .* by its option 'size'"):
        load("image-folder", {"path": path}, "test")
    data = load("image-folder", {"path": path, "size": 3}, "test")
    assert data.sample_shape == (1, 3, 3)
    assert data.reference.name == f"the 2 images of '{path}', cropped to squares and resized to 3x3"


def test_the_fingerprint_follows_the_pixels_and_not_the_place(folder):
    levels = {"a/1.png": 1, "b/2.png": 2}
    one, moved = folder("one", levels), folder("moved", levels)
    other = folder("other", {"a/1.png": 1, "b/2.png": 3})
    of = {path: load("image-folder", {"path": path}, "test").fingerprint for path in (one, moved, other)}
    assert of[one] == of[moved] != of[other]


def test_an_empty_folder(tmp_path):
    with pytest.raises(InputError, match=f"^'{tmp_path}' holds no image"):
        load("image-folder", {"path": str(tmp_path)}, "test")


@pytest.mark.skipif(not CIFAR10.is_dir(), reason="GANLAB_DATA names no folder that holds cifar10-jpeg75")
def test_a_real_folder(monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(CIFAR10.parents[1]))
    data = load("image-folder", {"path": str(CIFAR10 / "cat")}, "test")
    assert data.tables[0].shape == (1000, 3, 32, 32)
