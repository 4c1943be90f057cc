import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.data.image_files import read_images, write_images
from ganlab.errors import InputError


def noise(*shape):
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))


@pytest.mark.parametrize("name", ["x.npz", "folder", "new/deep/folder"])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_read_as_they_were_written(tmp_path, name, channels):
    images = noise(12, channels, 5, 7)
    write_images(tmp_path / name, images)
    assert torch.equal(read_images(tmp_path / name), images)


def test_a_folder_holds_numbered_png_files_and_nothing_else(tmp_path):
    images = noise(3, 3, 4, 4)
    write_images(tmp_path / "x", images)
    assert sorted(file.name for file in (tmp_path / "x").iterdir()) == ["000000.png", "000001.png", "000002.png"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x"]
    assert np.array_equal(Image.open(tmp_path / "x" / "000001.png"), images[1].permute(1, 2, 0))


def test_an_npz_file_is_numpys(tmp_path):
    images = noise(3, 3, 4, 4)
    write_images(tmp_path / "x.npz", images)
    write_images(tmp_path / "x.npz", images)
    with np.load(tmp_path / "x.npz") as archive:
        assert list(archive) == ["images"]
        assert np.array_equal(archive["images"], images)
    assert [file.name for file in tmp_path.iterdir()] == ["x.npz"]


def test_an_empty_folder_is_filled_and_another_is_left_alone(tmp_path):
    folder = tmp_path / "x"
    folder.mkdir()
    write_images(folder, noise(1, 3, 4, 4))
    with pytest.raises(InputError, match=f"^'{folder}' is there already and not an empty folder; give another"):
        write_images(folder, noise(2, 3, 4, 4))
    assert len(list(folder.iterdir())) == 1


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=f"^cannot write images to '{tmp_path}/file/x': "):
        write_images(tmp_path / "file" / "x", noise(1, 3, 4, 4))


def test_images_of_two_channels_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match=r"^images of 2 channels cannot be written to .*; they must have 1 or 3$"):
        write_images(tmp_path / "x", noise(1, 2, 4, 4))


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_arrays_may_have_their_channels_last(tmp_path, suffix):
    images = noise(4, 3, 5, 7)
    array = images.permute(0, 2, 3, 1).numpy()
    path = tmp_path / f"x.{suffix}"
    if suffix == "npy":
        np.save(path, array)
    else:
        np.savez(path, images=array)
    assert torch.equal(read_images(path), images)


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (np.zeros((2, 3, 4, 4)), r"holds float64 \[2, 3, 4, 4\]; images are uint8 \[n, C, H, W\]$"),
        (np.zeros((2, 4, 4), np.uint8), r"holds uint8 \[2, 4, 4\]; images are uint8 \[n, C, H, W\]$"),
        (np.zeros((0, 3, 4, 4), np.uint8), r"holds uint8 \[0, 3, 4, 4\]; images are"),
        (np.zeros((2, 4, 4, 4), np.uint8), r"holds an array \[2, 4, 4, 4\], none of whose axes is that of 1 or 3"),
    ],
)
def test_arrays_that_are_no_images(tmp_path, array, fault):
    np.save(tmp_path / "x.npy", array)
    with pytest.raises(InputError, match=fault):
        read_images(tmp_path / "x.npy")


def test_an_npz_file_without_the_key_names_those_it_has(tmp_path):
    np.savez(tmp_path / "x.npz", samples=np.zeros(3), labels=np.zeros(3))
    with pytest.raises(InputError, match=r"x\.npz' has no key 'images'; it has samples, labels$"):
        read_images(tmp_path / "x.npz")


@pytest.mark.parametrize("suffix", ["npy", "npz"])
@pytest.mark.parametrize("cut", [0, 10, 200, 300])
def test_a_file_that_breaks_off(tmp_path, suffix, cut):
    path = tmp_path / f"x.{suffix}"
    if suffix == "npy":
        np.save(path, noise(2, 3, 8, 8).numpy())
    else:
        np.savez_compressed(path, images=noise(2, 3, 8, 8).numpy())
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(InputError, match=rf"^'{path}' is damaged or no {suffix.upper()} file: "):
        read_images(path)


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_a_file_of_text_or_of_objects_is_not_told_how_to_load_it_unsafely(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    objects = np.array([{}, None], dtype=object)
    for write in (
        lambda: path.write_text("some text"),
        lambda: np.save(path, objects) if suffix == "npy" else np.savez(path, images=objects),
    ):
        write()
        with pytest.raises(InputError, match=rf"^'{path}' is damaged or no {suffix.upper()} file of numbers$"):
            read_images(path)


def test_a_damaged_archive(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, images=noise(2, 3, 8, 8).numpy())
    content = bytearray(path.read_bytes())
    content[300] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"^'{path}' is damaged or no NPZ file: Bad CRC-32"):
        read_images(path)


def test_what_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"^cannot read '.*/x\.npz': No such file or directory$"):
        read_images(tmp_path / "x.npz")
    with pytest.raises(InputError, match=r"^there is no folder '.*/x'; give one that holds images$"):
        read_images(tmp_path / "x")


def test_images_of_different_sizes_are_refused(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    Image.new("L", (5, 4)).save(tmp_path / "b.png")
    with pytest.raises(InputError, match=r"^images differ in size: "):
        read_images(tmp_path)
