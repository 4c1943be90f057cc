"""Arrays of images, as other programs save them."""

import numpy as np
import pytest

from ganlab.data.feature_statistics import FeatureStatistics
from ganlab.data.image_arrays import read_array_file
from ganlab.errors import InputError

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 3, 5, 7), dtype=np.uint8)
OTHERS = IMAGES[::-1].copy()
LABELS = np.arange(4)
STATISTICS = {"mu": np.zeros(4), "sigma": np.eye(4)}


def save(folder, array, suffix="npy"):
    path = folder / f"x.{suffix}"
    if suffix == "npy":
        np.save(path, array)
    else:
        np.savez(path, images=array)
    return path


@pytest.mark.parametrize("suffix", ["npy", "npz"])
@pytest.mark.parametrize("channels", [1, 3])
def test_channels_come_first_or_last(tmp_path, suffix, channels):
    images = IMAGES[:, :channels]
    assert np.array_equal(read_array_file(save(tmp_path, images, suffix))[0], images)
    pixels, notes = read_array_file(save(tmp_path, np.moveaxis(images, 1, -1), suffix))
    assert np.array_equal(pixels, images)
    assert notes == ["channels last"]


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_grey_images_need_no_axis_of_channels(tmp_path, suffix):
    pixels, notes = read_array_file(save(tmp_path, IMAGES[:, 0], suffix))
    assert np.array_equal(pixels, IMAGES[:, :1])
    assert notes == ["grey, without an axis of channels"]


@pytest.mark.parametrize("kind", ["int8", "int16", "uint16", ">i4", "int64", "uint64"])
def test_other_integers_are_read_where_they_are_levels(tmp_path, kind):
    images = IMAGES // 2
    pixels, notes = read_array_file(save(tmp_path, images.astype(kind)))
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, images)
    assert notes == [f"{np.dtype(kind)} taken as uint8"]


@pytest.mark.parametrize("kind", ["uint8", "int64"])
def test_images_that_look_scaled_to_0_and_1_are_noticed(tmp_path, kind):
    pixels, notes = read_array_file(save(tmp_path, (IMAGES > 100).astype(kind)))
    assert pixels.max() == 1
    assert notes[-1] == "no level is above 1; if 1 is meant to be white, save 255 * x"
    assert read_array_file(save(tmp_path, IMAGES * 0))[1] == []


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (IMAGES / 255, r"holds float64 from .* to 1.0; .* save numpy.rint\(255 \* x\).astype\(numpy.uint8\) if 1 is"),
        (np.float32(IMAGES / 127.5 - 1), r"float32 from -1.0 to 1.0; .* save numpy.rint\(127.5 \* \(x \+ 1\)\)"),
        (IMAGES.astype(np.float16), r"float16 from .* to 255.0; .* save numpy.rint\(x\).astype\(numpy.uint8\)"),
        (IMAGES * 1e6, r"float64 from .*; images are uint8, of levels 0 to 255; scale them to these$"),
        (np.full((2, 3, 4, 4), np.nan), "float64 from nan to nan; images are uint8, of levels 0 to 255"),
        (IMAGES.astype(int) - 1, "int64 from -1 to 254; images are uint8, of levels 0 to 255"),
        (IMAGES.astype(np.uint16) * 257, "uint16 from .* to 65535; images are uint8, of levels 0 to 255"),
        (IMAGES > 100, r"bool from False to True; images are uint8; save 255 \* x.astype\(numpy.uint8\)$"),
        (IMAGES.astype(complex), "complex128"),
        (np.full((2, 3, 4, 4), "a"), "holds <U1"),
    ],
)
def test_other_numbers_are_told_how_they_become_levels(tmp_path, array, fault):
    with pytest.raises(InputError, match=fault):
        read_array_file(save(tmp_path, array))


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        ((), r"holds uint8 \[\]; images are uint8 \[n, C, H, W\]$"),
        ((10, 784), r"holds uint8 \[10, 784\]; images are"),
        ((0, 3, 4, 4), r"holds uint8 \[0, 3, 4, 4\]; images are"),
        ((2, 4, 4, 4), r"holds an array \[2, 4, 4, 4\], none of whose axes is that of 1 or 3"),
        ((2, 3, 4, 3), r"holds an array \[2, 3, 4, 3\], which may be \[n, C, H, W\] or \[n, H, W, C\]"),
        ((2, 1, 4, 3), "which may be"),
        ((2, 3, 4, 1), "which may be"),
        ((4, 4, 3), r"holds an array \[4, 4, 3\], which may be a single image; save images as \[n, C, H, W\]$"),
        ((3, 4, 4), "which may be a single image"),
        ((1, 2, 3, 4, 4), r"holds uint8 \[1, 2, 3, 4, 4\]; images are"),
    ],
)
def test_axes_that_are_none_of_images_or_may_be_several(tmp_path, shape, fault):
    with pytest.raises(InputError, match=fault):
        read_array_file(save(tmp_path, np.zeros(shape, np.uint8)))


@pytest.mark.parametrize(
    ("arrays", "notes"),
    [
        ({"images": IMAGES, "others": OTHERS, "labels": LABELS}, []),
        ({"arr_0": IMAGES}, ["its array 'arr_0'"]),
        ({"arr_0": IMAGES, "arr_1": LABELS}, ["its array 'arr_0'"]),
        ({"fakes": IMAGES, "z": np.zeros((4, 8)), "attention": np.zeros((4, 7, 7))}, ["its array 'fakes'"]),
    ],
)
def test_the_array_of_images_in_a_file_of_several(tmp_path, arrays, notes):
    np.savez(tmp_path / "x.npz", **arrays)
    found = read_array_file(tmp_path / "x.npz")
    assert np.array_equal(found[0], IMAGES)
    assert found[1] == notes


def test_images_go_before_statistics_in_the_same_file_and_that_is_said(tmp_path):
    np.savez(tmp_path / "x.npz", arr_0=IMAGES, **STATISTICS)
    pixels, notes = read_array_file(tmp_path / "x.npz")
    assert np.array_equal(pixels, IMAGES)
    assert notes[1].startswith("its statistics mu and sigma are not used")


@pytest.mark.parametrize("save_as", [np.savez, np.savez_compressed])
def test_statistics_are_read(tmp_path, save_as):
    save_as(tmp_path / "x.npz", **STATISTICS)
    found = read_array_file(tmp_path / "x.npz")
    assert isinstance(found, FeatureStatistics)
    assert np.array_equal(found.covariance, STATISTICS["sigma"])


@pytest.mark.parametrize(
    ("arrays", "fault"),
    [
        (
            {"x_train": IMAGES, "x_test": OTHERS, "y": LABELS},
            r"has several arrays that may be images: x_train uint8 \[4, 3, 5, 7\], x_test uint8 \[4, 3, 5, 7\]; "
            "save those that are meant under the key 'images'$",
        ),
        ({"x_train": IMAGES[:, 0], "x_test": IMAGES[:, 0]}, "has several arrays that may be images"),
        (
            {"feats": np.zeros((9, 2048)), "labels": LABELS},
            r"has no key 'images' and no other array of images \[n, C, H, W\]; it has feats float64 \[9, 2048\], la",
        ),
        ({"mu": np.zeros(4)}, r"no other array of images .* it has mu float64 \[4\]$"),
        ({}, r"no other array of images .* it has no array$"),
    ],
)
def test_a_file_that_leaves_open_what_is_meant_names_what_it_has(tmp_path, arrays, fault):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(InputError, match=fault):
        read_array_file(tmp_path / "x.npz")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
@pytest.mark.parametrize("cut", [0, 10, 200, 300])
def test_a_file_that_breaks_off(tmp_path, suffix, cut):
    path = tmp_path / f"x.{suffix}"
    if suffix == "npy":
        np.save(path, IMAGES)
    else:
        np.savez_compressed(path, images=IMAGES)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=rf"^'{path}' is damaged or no {suffix.upper()} file: "):
        read_array_file(path)


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_file_of_text_or_of_objects_is_not_told_how_to_load_it_unsafely(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    objects = np.array([{}, None], dtype=object)
    for write in (
        lambda: path.write_text("some text"),
        lambda: np.save(path, objects) if suffix == "npy" else np.savez(path, images=objects),
        lambda: np.save(path, objects) if suffix == "npy" else np.savez(path, arr_0=objects),
    ):
        write()
        with pytest.raises(InputError, match=rf"^'{path}' is damaged, or holds text or objects; it must hold arrays"):
            read_array_file(path)


def test_a_damaged_archive(tmp_path):
    path = save(tmp_path, IMAGES, "npz")
    content = bytearray(path.read_bytes())
    content[300] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^'{path}' is damaged or no NPZ file: Bad CRC-32"):
        read_array_file(path)
