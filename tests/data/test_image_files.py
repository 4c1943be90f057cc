import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.data.image_files import frame, read_images, write_images
from ganlab.errors import InputError


def noise(*shape):
    return torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))


@pytest.mark.parametrize("name", ["x.npz", "folder", "new/deep/folder"])
@pytest.mark.parametrize("channels", [1, 3])
def test_images_are_read_as_they_were_written(tmp_path, name, channels):
    images = noise(12, channels, 5, 7)
    write_images(tmp_path / name, images)
    assert torch.equal(read_images(tmp_path / name).images, images)


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


def test_what_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"^cannot read '.*/x\.npz': No such file or directory$"):
        read_images(tmp_path / "x.npz")
    with pytest.raises(InputError, match=r"^there is no folder '.*/x'; give one that holds images$"):
        read_images(tmp_path / "x")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x.zip", "is an archive; unpack it, and give the folder of images$"),
        ("x.TAR", "is an archive"),
        ("x.tar.gz", "is an archive"),
        ("x.pt", r"is a file of PyTorch or of pickled objects; save its images as uint8 \[n, C, H, W\] with "),
        ("x.pkl", "is a file of PyTorch or of pickled objects"),
        ("x.h5", "is a file; give a folder that holds images$"),
        ("x.png", "is a single image; give a folder that holds images$"),
    ],
)
def test_a_file_that_is_no_array_is_told_what_to_give_instead(tmp_path, name, message):
    (tmp_path / name).write_bytes(b"some content")
    with pytest.raises(InputError, match=f"^'{tmp_path / name}' {message}"):
        read_images(tmp_path / name)


@pytest.mark.parametrize("names", [("train", "test"), ("Train", "VAL"), ("test", "training", "validation")])
def test_a_folder_of_several_splits_is_refused(tmp_path, names):
    for name in names:
        write_images(tmp_path / name / "cats", noise(2, 3, 4, 4))
    with pytest.raises(InputError) as error:
        read_images(tmp_path)
    assert all(f"'{tmp_path / name}'" in str(error.value) for name in names)
    assert len(read_images(tmp_path / names[0]).images) == 2


def test_classes_are_read_together_even_if_one_is_called_test(tmp_path):
    for name in ("test", "cats", "dogs"):
        write_images(tmp_path / name, noise(2, 3, 4, 4))
    assert len(read_images(tmp_path).images) == 6


def test_files_of_several_formats_are_read_together(tmp_path):
    Image.new("RGB", (4, 4), (200, 200, 200)).save(tmp_path / "a.png")
    Image.new("RGB", (4, 4), (100, 100, 100)).save(tmp_path / "b.jpg")
    assert read_images(tmp_path).images.float().mean(dim=(1, 2, 3)).tolist() == [200, 100]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(9, 9), (12, 7), (7, 12), (8, 5), (20, 31)])
def test_arrays_are_framed_to_the_bits_of_files(tmp_path, channels, shape):
    images = noise(3, channels, *shape)
    write_images(tmp_path / "folder", images)
    write_images(tmp_path / "x.npz", images)
    folder, array = (read_images(tmp_path / name, size=8) for name in ("folder", "x.npz"))
    assert folder.images.shape == (3, channels, 8, 8)
    assert torch.equal(folder.images, array.images)
    assert folder.notes == array.notes == ("cropped to squares and resized to 8x8, bicubic",)


def test_framing_cuts_the_middle_square_out(tmp_path):
    images = torch.zeros(1, 1, 4, 8, dtype=torch.uint8)
    images[..., 2:6] = 200  # the middle; what is cut off is black
    assert frame(images, 4)[0].tolist() == [[[[200] * 4] * 4]]


def test_images_of_that_size_are_left_alone():
    images = noise(2, 3, 8, 8)
    assert frame(images, 8) == (images, ())
    assert frame(images, None) == (images, ())


def test_images_of_different_sizes_are_refused(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    Image.new("L", (5, 4)).save(tmp_path / "b.png")
    with pytest.raises(InputError, match=r"^images differ in size: "):
        read_images(tmp_path)
