"""What ``ganlab evaluate`` takes, and what it says of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganlab.cli import main
from ganlab.data.image_files import write_images


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(capsys, *arguments, status=0):
    assert main(["evaluate", *arguments]) == status
    return capsys.readouterr()


def values(capsys, *arguments):
    return json.loads(run(capsys, *arguments, "--format", "json").out)


def write_images_here(images, name="x.npz"):
    write_images(Path(name), images)


@pytest.mark.parametrize("against", ["Digits", "DIGITS", "digits"])
@pytest.mark.parametrize(
    "metrics", ["fd_digits,classifier_score", "FD_Digits, Classifier-Score", "fd-digits,CLASSIFIERSCORE"]
)
def test_names_are_taken_in_any_case(capsys, digits, digits_classifier, against, metrics):
    write_images_here(digits.images[:300])
    found = values(capsys, "x.npz", "--against", against, "--metrics", metrics)
    assert list(found) == ["fd_digits", "classifier_score"]
    assert found == values(capsys, "x.npz", "--against", "digits", "--metrics", "fd_digits,classifier_score")


def test_grey_images_in_rgb_files_are_measured_as_grey(capsys, digits, digits_classifier, tmp_path):
    (tmp_path / "folder").mkdir()
    for number, image in enumerate(digits.images[:200, 0].numpy()):
        Image.fromarray(image).convert("RGB").save(tmp_path / "folder" / f"{number:03}.png")
    np.savez("x.npz", digits.images[:200, 0].numpy())
    text = run(capsys, "folder", "--against", "digits", "--metrics", "fd_digits").out
    assert (
        "measured: folder: 200 grey images of 8x8 pixels, levels 0 to 255 (grey kept as RGB, compared as grey)" in text
    )
    arguments = ("--against", "digits", "--metrics", "fd_digits")
    assert values(capsys, "folder", *arguments) == values(capsys, "x.npz", *arguments)
    assert "(its array 'arr_0'; grey, without an axis of channels)" in run(capsys, "x.npz", *arguments).out


def test_real_images_in_rgb_become_grey_too(capsys, digits):
    grey = digits.images[:200]
    write_images_here(grey)
    write_images_here(grey.expand(-1, 3, -1, -1).flip(0), "rgb.npz")
    found = run(capsys, "x.npz", "--against", "rgb.npz", "--metrics", "fd_pixels")
    assert (
        "against: rgb.npz: 200 grey images of 8x8 pixels, levels 0 to 255 (grey kept as RGB, compared as grey)"
        in found.out
    )


def test_images_of_another_size_are_measured_with_size(capsys, digits, digits_classifier, noise):
    write_images_here(noise(50, 1, 20, 17))
    refused = run(capsys, "x.npz", "--against", "digits", "--metrics", "fd_digits", status=2)
    assert refused.err.endswith("--size N brings both to one size\n")
    found = run(capsys, "x.npz", "--against", "digits", "--metrics", "fd_digits", "--size", "8").out
    assert "50 grey images of 8x8 pixels" in found
    assert "(cropped to squares and resized to 8x8, bicubic)" in found


def test_both_sides_are_brought_to_one_size(capsys, noise):
    write_images_here(noise(50, 3, 20, 17))
    write_images_here(noise(60, 3, 8, 8), "real")
    found = run(capsys, "x.npz", "--against", "real", "--metrics", "fd_pixels", "--size", "12").out
    assert found.count("of 12x12 pixels") == 2


@pytest.mark.parametrize("size", ["0", "-4", "1025", "big", "12.5"])
def test_a_size_that_is_none(capsys, size):
    with pytest.raises(SystemExit):
        main(["evaluate", "x", "--against", "y", f"--size={size}"])
    assert f"'{size}' is not a size; write a number of pixels from 1 to 1024" in capsys.readouterr().err


def test_the_same_images_on_both_sides_are_noticed(capsys, noise):
    images = noise(40, 3, 8, 8)
    write_images_here(images)
    write_images_here(images, "folder")
    found = run(capsys, "x.npz", "--against", "folder", "--metrics", "fd_pixels").out
    assert "note: both sides are the same, so that distances are 0 but for rounding" in found
    write_images_here(images.flip(0), "other.npz")
    assert "both sides" not in run(capsys, "x.npz", "--against", "other.npz", "--metrics", "fd_pixels").out


def test_without_a_wish_what_too_few_images_do_not_allow_is_left_out(capsys, noise, inception_weights):
    write_images_here(noise(12, 3, 8, 8))
    write_images_here(noise(9, 3, 8, 8, seed=1), "real.npz")
    weights = ("--inception-weights", str(inception_weights))
    found = run(capsys, "x.npz", "--against", "real.npz", *weights).out
    assert "note: no kid: at least 1,000 samples are needed, and there are 12" in found
    assert "note: fid of 9 images, no more than Inception has features (2,048)" in found
    assert list(values(capsys, "x.npz", "--against", "real.npz", *weights)) == ["fid", "inception_score"]
    run(capsys, "x.npz", "--against", "real.npz", "--metrics", "fid,kid", *weights, status=2)
    write_images_here(noise(1, 3, 8, 8), "one.npz")
    alone = run(capsys, "one.npz", "--against", "real.npz", *weights, status=2).err
    assert all(f"no {name}: at least" in alone for name in ("fid", "inception_score", "kid"))


def test_images_of_a_side_of_no_images_are_one_sentence(capsys, noise):
    write_images_here(noise(5, 3, 8, 8))
    np.savez("several.npz", a=np.zeros((5, 3, 8, 8), np.uint8), b=np.zeros((5, 3, 8, 8), np.uint8))
    for arguments in (("several.npz", "--against", "x.npz"), ("x.npz", "--against", "several.npz")):
        errors = run(capsys, *arguments, "--metrics", "fd_pixels", status=2).err
        assert len(errors.splitlines()) == 1
        assert "several arrays that may be images: a uint8 [5, 3, 8, 8], b uint8" in errors


def test_what_is_printed_of_a_file_stays_on_its_line(capsys, noise):
    np.savez("x.npz", **{"one\ntwo": noise(40, 3, 8, 8).numpy()})
    write_images_here(noise(30, 3, 8, 8, seed=1), "real.npz")
    found = run(capsys, "x.npz", "--against", "real.npz", "--metrics", "fd_pixels").out
    assert r"(its array 'one\ntwo')" in found
