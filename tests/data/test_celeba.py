import hashlib

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from ganlab.data import celeba, load  # noqa: F401 (registers the source)
from ganlab.errors import InputError


@pytest.fixture
def faces(tmp_path, monkeypatch):
    """Five faces in CelebA's files, two of them for training and two for testing; gives their folder."""
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    folder = tmp_path / "celeba"
    (folder / "img_align_celeba").mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (5, 218, 178, 3), dtype=np.uint8)
    names = [f"{number:06}.jpg" for number in range(1, 6)]
    for name, image in zip(names, pixels, strict=True):
        Image.fromarray(image).save(folder / "img_align_celeba" / name, quality=95)

    def table(file, *columns, header=()):
        rows = [*header, *(" ".join(map(str, row)) for row in zip(names, *columns, strict=True))]
        (folder / file).write_text("\n".join(rows) + "\n")

    table("list_eval_partition.txt", [0, 1, 2, 2, 0])
    table("identity_CelebA.txt", [1, 2, 3, 4, 5])
    table("list_bbox_celeba.txt", [1] * 5, header=("5", "image_id x_1"))
    table("list_landmarks_align_celeba.txt", [1] * 5, header=("5", "lefteye_x"))
    table("list_attr_celeba.txt", [1, -1, 1, -1, 1], header=("5", "Smiling"))
    sums = [("", hashlib.md5(file.read_bytes()).hexdigest(), file.name) for file in folder.glob("*.txt")]
    monkeypatch.setattr(datasets.CelebA, "file_list", sums)
    return folder / "img_align_celeba"


def test_faces_are_the_middle_148_pixels_resized(faces):
    data = load("celeba", {"reference": "test"}, "test")
    assert data.sample_shape == (3, 64, 64)
    assert (len(data.storage[0]), data.classes) == (2, 0)
    assert data.found == (
        "the 2 training images of celeba, cropped to 148x148 and resized to 64x64, 64x64 RGB; "
        "compared with the 2 test images of celeba, cropped to 148x148 and resized to 64x64"
    )
    assert data.reference.name == "the 2 test images of celeba, cropped to 148x148 and resized to 64x64"
    middle = Image.open(faces / "000003.jpg").crop((15, 35, 163, 183)).resize((64, 64), Image.Resampling.BICUBIC)
    assert np.array_equal(data.reference.images[0].numpy(), np.asarray(middle).transpose(2, 0, 1))


def test_by_default_the_test_faces_are_the_other_real_images(faces):
    reference = load("celeba", {}, "test").reference
    assert "training" in reference.name
    assert reference.others().name == "the 2 test images of celeba, cropped to 148x148 and resized to 64x64"


def test_the_size_can_be_chosen(faces):
    assert load("celeba", {"size": 32}, "test").sample_shape == (3, 32, 32)


def test_a_missing_face_is_named(faces):
    (faces / "000005.jpg").unlink()
    with pytest.raises(InputError, match=f"^cannot read '{faces}/000005.jpg': No such file"):
        load("celeba", {}, "test")


def test_an_absent_celeba(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_DATA", str(tmp_path))
    with pytest.raises(InputError, match=f"^'{tmp_path}' holds no whole celeba, which would be its 'celeba'"):
        load("celeba", {}, "test")
