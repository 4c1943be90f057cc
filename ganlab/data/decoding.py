"""Image files to arrays, by Pillow and on several threads."""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from ganlab.data.image_modes import FORMATS, Colour, UnsuitableImageError, flatten, is_grey, open_exactly
from ganlab.errors import InputError

UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises for a file that is damaged, of another format, or not to be opened."""
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings an image upright, by the orientation in its EXIF data; from 5 on, width and height change places."""
NAMED = 5
"""How many unreadable files a message names."""
BLOCK = 1024
"""How many images are in memory at once."""

Pixels = NDArray[np.uint8]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Framing:
    """What is cut out of an upright image, how large it becomes, and what is seen through it.

    Attributes:
        size: the side of the result, which is the largest square in the middle of the image, resized by an
            antialiased bicubic filter; None leaves images as they are.
        crop: if given, the image is first cut down to its middle `crop` x `crop` pixels.
        background: the colour behind transparent pixels; None refuses images that have any.
    """

    size: int | None = None
    crop: int | None = None
    background: Colour | None = None

    def apply(self, image: Image.Image) -> Image.Image:
        if self.crop is not None:
            left, top = (image.width - self.crop) // 2, (image.height - self.crop) // 2
            image = image.crop((left, top, left + self.crop, top + self.crop))
        return image if self.size is None else ImageOps.fit(image, (self.size, self.size), Image.Resampling.BICUBIC)


def common_shape(files: Sequence[Path], framing: Framing) -> tuple[int, int, int]:
    """The shape [C, H, W] that all images have once upright and framed: one channel if all are grey, else three.

    Raises:
        InputError: files cannot be read, or the images differ in size and no size is given. Where headers cannot be
            read, the message names the files whose pixels cannot be read as well.
    """
    try:
        headers = [header for block in _each(partial(_read_header, framing=framing), files) for header in block]
    except InputError:
        _require_pixels(files, framing)
        raise
    channels = 1 if all(grey for grey, _ in headers) else 3
    if framing.size is not None:
        return channels, framing.size, framing.size
    width, height = headers[0][1]
    for file, (_, size) in zip(files, headers, strict=True):
        if size != (width, height):
            raise InputError(
                f"images differ in size: '{files[0]}' has {width}x{height} pixels and '{file}' {size[0]}x{size[1]}; "
                "bring them to one size (the data set 'image-folder' does so by its option 'size')"
            )
    return channels, height, width


def decode(files: Sequence[Path], framing: Framing, channels: int) -> Iterator[Pixels]:
    """The images, upright, in blocks [b, C, H, W], in the order of `files`.

    Raises:
        InputError: files cannot be read. It comes after the last block and names the files of all blocks.
    """
    for block in _each(partial(_read_pixels, framing=framing, channels=channels), files):
        yield np.ascontiguousarray(np.stack(block))


def _require_pixels(files: Sequence[Path], framing: Framing) -> None:
    """Decode all images and keep none, so that one message names all that cannot be read."""

    def attempt(file: Path) -> None:
        _read_pixels(file, framing, channels=3)

    for _ in _each(attempt, files):
        pass


def _each(read: Callable[[Path], Result], files: Sequence[Path]) -> Iterator[list[Result]]:
    """What `read` gives of each file, block by block; all files that it cannot read are named at the end."""
    faults: dict[Path, Exception] = {}

    def attempt(file: Path) -> Result | None:
        try:
            return read(file)
        except UNREADABLE as error:
            faults[file] = error
            return None

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(files), BLOCK):
            with warnings.catch_warnings():  # a large image is read; one that Pillow takes for an attack is a fault
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                results = list(pool.map(attempt, files[start : start + BLOCK]))
            if not faults:
                yield [result for result in results if result is not None]
    if faults:
        raise InputError(_in_words(faults, len(files)))


def _in_words(faults: Mapping[Path, Exception], count: int) -> str:
    """The sentence on `faults` among `count` files: how many there are, the first of them, and what to do."""
    files = sorted(faults)
    named = ", ".join(f"'{file}' ({_reason(faults[file])})" for file in files[:NAMED])
    more = f" and {len(files) - NAMED:,} more" if len(files) > NAMED else ""
    remedies = "; ".join(dict.fromkeys(_remedy(faults[file]) for file in files))
    return f"{len(files):,} of {count:,} images cannot be read: {named}{more}; {remedies}"


def _read_header(file: Path, framing: Framing) -> tuple[bool, tuple[int, int]]:
    """Whether the image is grey, and its width and height once upright."""
    with open_exactly(file) as image:
        sideways = _orientation(image) >= 5
        return is_grey(image, framing.background), image.size[::-1] if sideways else image.size


def _read_pixels(file: Path, framing: Framing, channels: int) -> Pixels:
    """The upright and framed image [C, H, W]."""
    with open_exactly(file) as image:
        orientation = _orientation(image)
        upright = flatten(image, "L" if channels == 1 else "RGB", framing.background)
        if orientation in UPRIGHT:
            upright = upright.transpose(UPRIGHT[orientation])
        pixels = np.asarray(framing.apply(upright))
    return pixels[None] if channels == 1 else np.moveaxis(pixels, -1, 0)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation of an image whose pixels are not read yet; 1, upright, where it says none that is known.

    EXIF data that stand behind the pixels, as they may in a PNG file, are not looked for.
    """
    try:
        exif = Image.Image.getexif(image)  # that of PNG images reads the pixels
    except (*UNREADABLE, struct.error, KeyError, TypeError):
        return 1
    orientation = exif.get(ExifTags.Base.Orientation)
    return orientation if orientation in UPRIGHT else 1


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return f"not {', '.join(FORMATS)}"
    if isinstance(error, Image.DecompressionBombError):
        return f"more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels"
    return getattr(error, "strerror", None) or str(error)


def _remedy(error: Exception) -> str:
    if isinstance(error, UnsuitableImageError):
        return error.remedy
    if isinstance(error, Image.DecompressionBombError):
        return "shrink images of so many pixels"
    return "restore or remove them"
