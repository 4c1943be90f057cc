import os
from pathlib import Path

import pytest
import torch
from PIL import Image

from ganlab.data import image_folder, load
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
    assert data.storage[0][:, 0, 0, 0].tolist() == [2, 3, 1]
    assert data.storage[1].tolist() == [0, 0, 1]
    assert data.reference.name == f"the 3 images of '{path}'"
    assert torch.equal(data.reference.images, data.storage[0])


def test_classes_are_in_natural_order_and_images_in_that_of_their_names(folder):
    path = folder("digits", {f"{name}/x.png": name for name in (0, 1, 10, 11, 2)})
    data = load("image-folder", {"path": path}, "test")
    assert data.class_names == data.form.class_names == ("0", "1", "2", "10", "11")
    assert data.storage[0][:, 0, 0, 0].tolist() == [0, 1, 10, 11, 2]
    assert data.storage[1].tolist() == [0, 1, 3, 4, 2]


def test_names_of_classes_are_one_line(folder):
    data = load("image-folder", {"path": folder("pets", {"big\ncat/a.png": 1, "dog/b.png": 2})}, "test")
    assert data.class_names == (r"big\ncat", "dog")
    assert r"big\ncat (1)" in data.found


def test_what_lies_in_a_checkpoint_folder_is_no_class(folder):
    path = folder("pets", {"cat/a.png": 1, ".ipynb_checkpoints/a-checkpoint.png": 9, "dog/b.png": 2})
    data = load("image-folder", {"path": path}, "test")
    assert data.class_names == ("cat", "dog")
    assert data.storage[0][:, 0, 0, 0].tolist() == [1, 2]
    assert data.found.endswith("; left out 1 hidden or system folder: .ipynb_checkpoints")


@pytest.mark.parametrize("key", ["path", "test_path"])
def test_splits_are_not_trained_on_as_classes(folder, key):
    pets, other = folder("pets", {"test/cat/a.png": 1, "train/cat/b.png": 2}), folder("other", {"a.png": 1})
    with pytest.raises(
        InputError, match=rf"^'{pets}' holds 'train' and 'test', which are splits .*'test_path: {pets}/"
    ):
        load("image-folder", {"path": other, "test_path": other, key: pets}, "test")


@pytest.mark.parametrize(("path", "test_path"), [("pets", "pets"), ("pets", "pets/held out"), ("pets/cat", "pets")])
def test_test_images_are_not_among_those_for_training(folder, tmp_path, path, test_path):
    folder("pets", {"cat/a.png": 1, "held out/b.png": 2})
    with pytest.raises(InputError, match=r"are in part the same; give two folders of which none lies in the other$"):
        load("image-folder", {"path": f"{tmp_path}/{path}", "test_path": f"{tmp_path}/{test_path}"}, "test")


def found(folder, names, **options):
    path = folder("pets", dict.fromkeys(names, 0), size=(4, 5))
    return load("image-folder", {"path": path, **options}, "test").found.replace(path, "pets")


def test_what_was_found_is_told(folder, tmp_path):
    names = ["cat/1.png", "cat/2.png", "dog/1.png"]
    assert found(folder, names) == "the 3 images of 'pets', 4x5 grey, 2 classes: cat (2), dog (1)"
    for name in ("notes.txt", "cat/a.json", "cat/b.json", "dog/c.json"):
        (tmp_path / "pets" / name).write_text("no image")
    (tmp_path / "pets" / "bird").mkdir()
    assert found(folder, names, size=3) == (
        "the 3 images of 'pets', cropped to squares and resized to 3x3, 3x3 grey, 2 classes: cat (2), dog (1); "
        "no image in 1 subfolder: bird; skipped 4 files: cat/a.json, cat/b.json, dog/c.json and 1 more"
    )


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["1.png", "2.png"], ""),
        (["1.png", "cat/1.png", "dog/1.png"], "; no classes, as 1 lie in no subfolder: 1.png"),
        (["cat/1.png", "cat/2.png"], "; no classes, as all lie in one subfolder: cat"),
    ],
)
def test_why_there_are_no_classes_is_told(folder, names, why):
    assert found(folder, names) == f"the {len(names)} images of 'pets', 4x5 grey{why}"


@pytest.mark.parametrize(("reference", "use"), [("train", "for testing"), ("test", "compared with")])
def test_what_was_found_in_the_test_folder_is_told(folder, tmp_path, reference, use):
    test = folder("held", {"cat/1.png": 0, "dog/1.png": 0}, size=(4, 5))
    (tmp_path / "held" / "notes.txt").write_text("no image")
    assert found(folder, ["cat/1.png", "dog/1.png"], test_path=test, reference=reference) == (
        f"the 2 images of 'pets', 4x5 grey, 2 classes: cat (1), dog (1); {use} the 2 images of '{test}'; "
        f"in '{test}' skipped 1 file: notes.txt"
    )


@pytest.fixture
def logo(tmp_path):
    """The folder of an image that is red on the left, and on the right transparent and blue below that."""
    (tmp_path / "logos").mkdir()
    image = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 255, 0))
    image.save(tmp_path / "logos" / "a.png")
    return str(tmp_path / "logos")


@pytest.mark.parametrize(
    ("background", "colour"), [("white", [255] * 3), ("black", [0] * 3), ([1, 2, 3], [1, 2, 3]), ((9, 9, 9), [9] * 3)]
)
def test_a_background_is_seen_through_transparent_pixels(logo, background, colour):
    data = load("image-folder", {"path": logo, "background": background}, "test")
    assert data.storage[0][0, :, 0].T.tolist() == [[255, 0, 0], colour]


def test_each_background_is_decoded_on_its_own_and_none_is_taken_for_another(logo):
    for background, level in (("white", 255), ("black", 0), ("white", 255)):
        data = load("image-folder", {"path": logo, "background": background}, "test")
        assert data.storage[0][0, 0, 0, 1] == level
    with pytest.raises(InputError, match=r"^1 of 1 images cannot be read: .* \(transparent pixels\)"):
        load("image-folder", {"path": logo}, "test")


@pytest.mark.parametrize("background", ["grey", [0, 0], [0, 0, 256], [-1, 0, 0], [True, 0, 0], [0.5, 0, 0], 0, True])
def test_what_is_no_colour_is_refused(logo, background):
    with pytest.raises(InputError, match=r"^test: background: .* is no colour; write white, black, or three levels of"):
        load("image-folder", {"path": logo, "background": background}, "test")


def test_a_background_is_recorded_as_a_colour_and_only_where_there_is_one():
    def recorded(**options):
        return image_folder.FolderOptions(path="x", **options).model_dump(mode="json")

    assert recorded() == {"flips": False, "reference": "train", "path": "x", "test_path": None, "size": None}
    assert (
        recorded(background="white")
        == recorded(background=[255, 255, 255])
        == {
            **recorded(),
            "background": [255, 255, 255],
        }
    )
    assert image_folder.FolderOptions(**recorded(background="white")).background == (255, 255, 255)


def test_linked_subfolders_are_classes_too(folder, tmp_path):
    elsewhere = folder("elsewhere", {"1/a.png": 1, "2/b.png": 2})
    path = tmp_path / "pets"
    path.mkdir()
    (path / "cat").symlink_to(f"{elsewhere}/2")
    (path / "dog").symlink_to(f"{elsewhere}/1")
    data = load("image-folder", {"path": str(path)}, "test")
    assert data.storage[0][:, 0, 0, 0].tolist() == [2, 1]
    assert data.storage[1].tolist() == [0, 1]


def test_one_image_is_called_one(folder):
    path = folder("one", {"a.png": 1})
    assert load("image-folder", {"path": path}, "test").reference.name == f"the 1 image of '{path}'"


@pytest.mark.parametrize("names", [["a.png", "cat/b.png", "dog/c.png"], ["all/a.png", "all/b.png"]])
def test_images_that_are_not_all_in_two_or_more_subfolders_have_no_classes(folder, names):
    data = load("image-folder", {"path": folder("flat", dict.fromkeys(names, 0))}, "test")
    assert data.classes == 0
    assert len(data.storage) == 1


def test_test_images_come_from_a_folder_of_their_own(folder):
    train, test = folder("train", {"a/1.png": 1, "b/2.png": 2}), folder("test", {"a/3.png": 3, "b/4.png": 4})
    options = {"path": train, "test_path": test, "reference": "test"}
    data = load("image-folder", options, "test")
    assert data.storage[0][:, 0, 0, 0].tolist() == [1, 2]
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


def test_a_class_that_is_missing_because_its_folder_holds_no_image_is_explained(folder, tmp_path):
    train, test = folder("train", {"cat/1.png": 1, "dog/2.png": 2}), folder("test", {"cat/3.png": 3})
    (tmp_path / "test" / "dog").mkdir()
    (tmp_path / "test" / "dog" / "3.png.part").write_text("not all of an image")
    with pytest.raises(InputError) as error:
        load("image-folder", {"path": train, "test_path": test}, "test")
    assert str(error.value) == (
        f"'{train}' has the classes cat, dog and '{test}' no classes; they must be the same; "
        f"in '{test}' no classes, as all lie in one subfolder: cat; in '{test}' no image in 1 subfolder: dog; "
        f"in '{test}' skipped 1 file: dog/3.png.part"
    )


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
    assert data.storage[0].shape == (1000, 3, 32, 32)
