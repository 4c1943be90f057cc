"""Files of all kinds of pixels, as decoding takes or refuses them."""

import re
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image

from ganlab.data.decoding import Framing, common_shape, decode
from ganlab.errors import InputError

RNG = np.random.default_rng(0)
WHITE, BLACK, BLUE = (255, 255, 255), (0, 0, 0), (10, 20, 200)
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
"""The colour types of the PNG specification."""


def png(depth, colour, row, **chunks):
    """A PNG file of one row of pixels, of which `row` holds the packed bits, with more `chunks` before them."""

    def chunk(kind, content):
        checked = kind.encode() + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    channels = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}[colour]
    header = struct.pack(">IIBBBBB", len(row) * 8 // (depth * channels), 1, depth, colour, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk("IHDR", header),
            *(chunk(kind, content) for kind, content in chunks.items()),
            chunk("IDAT", zlib.compress(b"\0" + row)),
            chunk("IEND", b""),
        ]
    )


def pixels_of(path, **framing):
    framing = Framing(**framing)
    return np.concatenate(list(decode([path], framing, common_shape([path], framing)[0])))[0]


def refusal_of(path, **framing):
    with pytest.raises(InputError) as error:
        pixels_of(path, **framing)
    return str(error.value)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "x.png"


@pytest.mark.parametrize(
    ("colour", "channels"), [(GREY, 1), (GREY_ALPHA, 2), (RGB, 3), (RGB_ALPHA, 4)], ids=["grey", "LA", "RGB", "RGBA"]
)
def test_more_than_8_bits_a_channel_are_not_cut_down(file, colour, channels):
    file.write_bytes(png(16, colour, bytes(range(1, 2 * channels + 1))))
    assert refusal_of(file) == (
        f"1 of 1 images cannot be read: '{file}' (more than 8 bits a channel); "
        "convert images of more than 8 bits a channel to 8"
    )


@pytest.mark.parametrize(
    ("depth", "row", "levels"),
    [
        (1, b"\xa5", [255, 0, 255, 0, 0, 255, 0, 255]),
        (2, b"\x1b", [0, 85, 170, 255]),
        (4, b"\x0f\x81", [0, 255, 136, 17]),
        (8, b"\x00\x07\xff", [0, 7, 255]),
    ],
)
def test_fewer_bits_are_spread_over_all_levels(file, depth, row, levels):
    file.write_bytes(png(depth, GREY, row))
    assert pixels_of(file).tolist() == [[levels]]


def test_a_palette_gives_its_colours(file):
    file.write_bytes(png(8, PALETTE, b"\1\0", PLTE=bytes([1, 2, 3, 40, 50, 60])))
    assert pixels_of(file)[:, 0].T.tolist() == [[40, 50, 60], [1, 2, 3]]


TRANSPARENT = {
    "alpha": (png(8, RGB_ALPHA, bytes([10, 20, 30, 0, 1, 2, 3, 255])), (1, 2, 3)),
    "grey alpha": (png(8, GREY_ALPHA, bytes([10, 0, 7, 255])), (7,)),
    "palette": (png(8, PALETTE, b"\0\1", PLTE=bytes([1, 2, 3, 4, 5, 6]), tRNS=b"\0"), (4, 5, 6)),
    "key colour": (png(8, RGB, bytes([9, 8, 7, 1, 2, 3]), tRNS=struct.pack(">HHH", 9, 8, 7)), (1, 2, 3)),
    "key level": (png(8, GREY, b"\x09\x05", tRNS=struct.pack(">H", 9)), (5,)),
    "key of 1 bit": (png(1, GREY, b"\x80", tRNS=struct.pack(">H", 1)), (0,)),
    "key of 2 bits": (png(2, GREY, b"\xc0", tRNS=struct.pack(">H", 3)), (0,)),
    "key of 4 bits": (png(4, GREY, b"\xf0", tRNS=struct.pack(">H", 15)), (0,)),
}
"""Files whose first pixel is fully transparent and whose second is not, and the second."""


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_colours_under_transparent_pixels_are_not_learnt(file, kind):
    file.write_bytes(TRANSPARENT[kind][0])
    assert refusal_of(file) == (
        f"1 of 1 images cannot be read: '{file}' (transparent pixels); put transparent images on a background, or let "
        "the data set 'image-folder' do so by its option 'background', such as 'background: white'"
    )


@pytest.mark.parametrize("background", [WHITE, BLACK])
@pytest.mark.parametrize("kind", TRANSPARENT)
def test_a_grey_background_leaves_grey_images_grey(file, kind, background):
    content, second = TRANSPARENT[kind]
    file.write_bytes(content)
    shown = pixels_of(file, background=background)[:, 0]
    assert shown[:, :2].T.tolist() == [list(background[: len(second)]), list(second)]


@pytest.mark.parametrize("kind", TRANSPARENT)
def test_a_coloured_background_is_seen_through_grey_images(file, kind):
    content, second = TRANSPARENT[kind]
    file.write_bytes(content)
    shown = pixels_of(file, background=BLUE)[:, 0]
    assert shown[:, :2].T.tolist() == [list(BLUE), list(second if len(second) == 3 else second * 3)]


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_half_transparent_pixels_are_mixed_with_the_background(tmp_path, suffix):
    layers = RNG.integers(0, 256, (8, 8, 4), dtype=np.uint8)
    Image.fromarray(layers).save(
        tmp_path / f"x.{suffix}", **({"lossless": True, "exact": True} if suffix == "webp" else {})
    )
    share = layers[..., 3:] / 255
    expected = layers[..., :3] * share + np.array(BLUE) * (1 - share)
    shown = pixels_of(tmp_path / f"x.{suffix}", background=BLUE).transpose(1, 2, 0)
    assert np.abs(shown - expected).max() <= 1


@pytest.mark.parametrize("background", [None, BLUE])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_opaque_images_are_as_without_their_alpha(file, mode, background):
    opaque = Image.fromarray(RNG.integers(0, 256, (4, 5, 3), dtype=np.uint8)).convert(mode[:-1])
    layers = opaque.copy()
    layers.putalpha(255)
    layers.save(file)
    shown = pixels_of(file, background=background)
    expected = np.asarray(opaque if mode == "RGBA" or background is None else opaque.convert("RGB"))
    assert np.array_equal(shown, np.atleast_3d(expected).transpose(2, 0, 1))


def test_an_opaque_palette_with_transparency_is_read_without_a_warning(file):
    file.write_bytes(png(8, PALETTE, b"\0\1", PLTE=bytes([1, 2, 3, 4, 5, 6]), tRNS=b"\xff\xff"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pixels_of(file)[:, 0].T.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_what_is_seen_is_resized_and_not_what_is_hidden(file):
    layers = np.zeros((8, 8, 4), np.uint8)
    layers[:, :4] = (255, 0, 0, 0)
    layers[:, 4:] = (0, 0, 0, 255)
    Image.fromarray(layers).save(file)
    assert pixels_of(file, size=4, background=BLACK).max() == 0


@pytest.mark.parametrize("suffix", ["png", "webp"])
def test_animations_are_not_their_first_frame(tmp_path, suffix):
    path = tmp_path / f"x.{suffix}"
    frames = [Image.new("RGB", (4, 4), (level, 0, 0)) for level in (0, 100, 200)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert refusal_of(path) == (
        f"1 of 1 images cannot be read: '{path}' (3 frames); save one frame of each animation as an image of its own"
    )


def test_previews_behind_a_photo_are_no_animation(tmp_path):
    photo, preview = (Image.new("RGB", (8, 8), (level, level, level)) for level in (50, 200))
    photo.save(tmp_path / "x.jpg", format="MPO", save_all=True, append_images=[preview], quality=100)
    with Image.open(tmp_path / "x.jpg") as image:
        assert image.n_frames == 2
    assert pixels_of(tmp_path / "x.jpg").tolist() == np.full((3, 8, 8), 50).tolist()


def test_other_colours_are_not_guessed(tmp_path):
    path = tmp_path / "x.jpg"
    Image.new("CMYK", (4, 4), (10, 20, 30, 40)).save(path)
    assert refusal_of(path) == (
        f"1 of 1 images cannot be read: '{path}' (CMYK colours); "
        "convert images of other colours to RGB by a tool that knows their colour profile"
    )


def test_all_that_is_refused_is_told_at_once_with_what_to_do(tmp_path):
    files = [tmp_path / name for name in ("alpha.png", "cmyk.jpg", "damaged.png", "deep.png")]
    files[0].write_bytes(TRANSPARENT["alpha"][0])
    Image.new("CMYK", (2, 1)).save(files[1])
    files[2].write_text("no image")
    files[3].write_bytes(png(16, GREY, bytes(4)))
    with pytest.raises(InputError) as error:
        common_shape(files, Framing())
    message = str(error.value)
    assert re.findall(r"/(\w+)\.\w+' \(([^)]*)\)", message) == [
        ("alpha", "transparent pixels"),
        ("cmyk", "CMYK colours"),
        ("damaged", "not PNG, JPEG, WEBP, BMP"),
        ("deep", "more than 8 bits a channel"),
    ]
    for remedy in ("'background'", "convert images of other colours", "restore or remove them", "channel to 8"):
        assert remedy in message


def test_a_large_image_is_resized_without_a_warning(file, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.new("L", (12, 12), 7).save(file)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert pixels_of(file, size=2).tolist() == [[[7, 7], [7, 7]]]


def test_an_image_of_far_too_many_pixels_is_refused(file, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    Image.new("L", (15, 15)).save(file)
    assert refusal_of(file, size=2) == (
        f"1 of 1 images cannot be read: '{file}' (more than 200 pixels); shrink images of so many pixels"
    )


def test_other_warnings_are_not_hidden(file):
    Image.new("L", (2, 2)).save(file, exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01")
    with pytest.warns(UserWarning, match="Corrupt EXIF data"):
        pixels_of(file)
