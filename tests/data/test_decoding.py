import numpy as np
import pytest
from PIL import Image, ImageFile, ImageOps

from ganlab.data.decoding import Framing, common_shape, decode
from ganlab.data.folders import list_folder
from ganlab.errors import InputError

RNG = np.random.default_rng(0)
LOSSLESS = {"webp": {"lossless": True}}


def picture(path, shape=(6, 6, 3), mode=None):
    """A picture of noise at `path`, and its pixels."""
    pixels = RNG.integers(0, 256, shape, dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(path, **LOSSLESS.get(path.suffix[1:], {}))
    return pixels


def decoded(folder, framing=None):
    files = list_folder(folder).images
    framing = framing or Framing()
    return np.concatenate(list(decode(files, framing, common_shape(files, framing)[0])))


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "webp", "bmp"])
def test_suffixes_may_be_in_capitals(tmp_path, suffix):
    picture(tmp_path / f"1.{suffix}")
    (tmp_path / f"1.{suffix}").rename(tmp_path / f"1.{suffix.upper()}")
    assert list_folder(tmp_path).images == [tmp_path / f"1.{suffix.upper()}"]
    assert decoded(tmp_path).shape == (1, 3, 6, 6)


@pytest.mark.parametrize("suffix", ["png", "bmp", "webp"])
def test_lossless_files_are_decoded_exactly(tmp_path, suffix):
    pixels = picture(tmp_path / f"x.{suffix}", (4, 5, 3))
    assert np.array_equal(decoded(tmp_path), pixels.transpose(2, 0, 1)[None])


def test_a_jpeg_is_decoded_as_pillow_does(tmp_path):
    picture(tmp_path / "x.jpg", (16, 16, 3))
    assert np.array_equal(decoded(tmp_path)[0], np.asarray(Image.open(tmp_path / "x.jpg")).transpose(2, 0, 1))


def test_grey_images_have_one_channel(tmp_path):
    pixels = picture(tmp_path / "x.png", (4, 5))
    assert np.array_equal(decoded(tmp_path), pixels[None, None])


def test_grey_images_among_coloured_ones_have_three(tmp_path):
    grey = picture(tmp_path / "a.png", (4, 4))
    picture(tmp_path / "b.png", (4, 4, 3))
    images = decoded(tmp_path)
    assert images.shape == (2, 3, 4, 4)
    assert np.array_equal(images[0], np.stack([grey] * 3))


def test_a_size_cuts_out_the_middle_square(tmp_path):
    pixels = picture(tmp_path / "x.png", (4, 10, 3))
    assert np.array_equal(decoded(tmp_path, Framing(size=4))[0], pixels[:, 3:7].transpose(2, 0, 1))


def test_resizing_is_pillows_antialiased_bicubic(tmp_path):
    pixels = picture(tmp_path / "x.png", (12, 12, 3))
    expected = Image.fromarray(pixels).resize((5, 5), Image.Resampling.BICUBIC)
    assert np.array_equal(decoded(tmp_path, Framing(size=5))[0], np.asarray(expected).transpose(2, 0, 1))


def test_a_crop_comes_before_the_size(tmp_path):
    pixels = picture(tmp_path / "x.png", (10, 8, 3))
    assert np.array_equal(decoded(tmp_path, Framing(size=4, crop=4))[0], pixels[3:7, 2:6].transpose(2, 0, 1))


def test_images_of_different_sizes_need_a_size(tmp_path):
    picture(tmp_path / "a.png", (4, 5, 3))
    picture(tmp_path / "b.png", (6, 7, 3))
    with pytest.raises(InputError) as error:
        decoded(tmp_path)
    assert str(error.value) == (
        f"images differ in size: '{tmp_path}/a.png' has 5x4 pixels and '{tmp_path}/b.png' 7x6; "
        "bring them to one size (the data set 'image-folder' does so by its option 'size')"
    )
    assert decoded(tmp_path, Framing(size=4)).shape == (2, 3, 4, 4)


def photo(path, orientation, shape=(4, 6, 3)):
    """A picture of noise at `path` whose EXIF data tell how it is to be turned."""
    exif = Image.Exif()
    exif[274] = orientation
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8)).save(
        path, exif=exif, **LOSSLESS.get(path.suffix[1:], {})
    )


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright_as_pillow_does(tmp_path, suffix, orientation):
    path = tmp_path / f"x.{suffix}"
    photo(path, orientation)
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
    assert upright.size == ((6, 4) if orientation < 5 else (4, 6))
    assert np.array_equal(decoded(tmp_path)[0], np.asarray(upright).transpose(2, 0, 1))


def test_photos_of_one_size_once_upright_need_no_size(tmp_path):
    photo(tmp_path / "a.jpg", 6, (4, 6, 3))
    photo(tmp_path / "b.jpg", 1, (6, 4, 3))
    picture(tmp_path / "c.jpg", (6, 4, 3))
    assert decoded(tmp_path).shape == (3, 3, 6, 4)


def test_photos_are_cropped_once_upright(tmp_path):
    photo(tmp_path / "x.png", 6, (4, 7, 3))
    upright = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / "x.png"))).transpose(2, 0, 1)
    assert np.array_equal(decoded(tmp_path, Framing(size=2, crop=2))[0], upright[:, 2:4, 1:3])


def test_no_pixels_are_read_to_learn_a_size(tmp_path, monkeypatch):
    for suffix in ("png", "jpg", "webp", "bmp"):
        picture(tmp_path / f"x.{suffix}")
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)
    monkeypatch.setattr(Image.Image, "load", None)
    assert common_shape(list_folder(tmp_path).images, Framing()) == (3, 6, 6)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@pytest.mark.parametrize("exif", [b"Exif\0\0nonsense", b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01", b"Exif\0\0"])
def test_damaged_exif_data_leave_an_image_as_it_is(tmp_path, exif):
    pixels = RNG.integers(0, 256, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "x.png", exif=exif)
    assert np.array_equal(decoded(tmp_path)[0], pixels.transpose(2, 0, 1))


def test_exif_data_behind_the_pixels_are_not_looked_for(tmp_path):
    photo(tmp_path / "x.png", 6)
    content = (tmp_path / "x.png").read_bytes()
    start, end = content.index(b"eXIf") - 4, content.index(b"IDAT") - 4
    behind = content.index(b"IEND") - 4
    (tmp_path / "x.png").write_bytes(content[:start] + content[end:behind] + content[start:end] + content[behind:])
    assert decoded(tmp_path).shape == (1, 3, 4, 6)


def test_unreadable_images_are_counted_and_the_first_five_named(tmp_path):
    for index in range(9):
        picture(tmp_path / f"{index}.png")
    for index in range(1, 8):
        (tmp_path / f"{index}.png").write_text("no image")
    with pytest.raises(InputError) as error:
        decoded(tmp_path)
    named = ", ".join(f"'{tmp_path}/{index}.png' (not PNG, JPEG, WEBP, BMP)" for index in range(1, 6))
    assert str(error.value) == f"7 of 9 images cannot be read: {named} and 2 more; restore or remove them"


@pytest.mark.parametrize("framing", [Framing(), Framing(size=4)])
def test_damaged_headers_and_damaged_pixels_are_told_in_one_message(tmp_path, framing):
    for index in range(5):
        picture(tmp_path / f"{index}.png", (16, 16 + index, 3))
    (tmp_path / "1.png").write_bytes((tmp_path / "1.png").read_bytes()[:-100])
    (tmp_path / "2.png").write_text("no image")
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "3.png")
    with pytest.raises(InputError) as error:
        decoded(tmp_path, framing)
    damaged, alien, deep = str(error.value).removeprefix("3 of 5 images cannot be read: ").split(", '")
    assert damaged.startswith(f"'{tmp_path}/1.png' (")
    assert alien.startswith(f"{tmp_path}/2.png' (not PNG")
    assert deep == (
        f"{tmp_path}/3.png' (more than 8 bits a channel); restore or remove them; "
        "convert images of more than 8 bits a channel to 8"
    )


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp"])
def test_a_file_that_breaks_off_is_not_skipped(tmp_path, suffix):
    picture(tmp_path / "a.png", (16, 16, 3))
    broken = tmp_path / f"b.{suffix}"
    picture(broken, (16, 16, 3))
    broken.write_bytes(broken.read_bytes()[:-100])
    with pytest.raises(InputError, match=f"^1 of 2 images cannot be read: '{broken}' "):
        decoded(tmp_path)
