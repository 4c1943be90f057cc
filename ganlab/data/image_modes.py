"""Which image files are read: those whose pixels become 8 bits a channel, grey or RGB, without a loss or a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PIL import Image

from ganlab.zip_files import FREE, LARGEST_RATIO

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
ANIMATED = ("PNG", "WEBP")
"""Formats whose further frames belong to an animation. In a JPEG file they are previews of the first."""
GREY_MODES = ("1", "L", "LA")
EXACT_MODES = (*GREY_MODES, "P", "PA", "RGB", "RGBA")
DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")
FEW_BITS = {"L;2": 85, "L;4": 17}
"""What makes a level of 2 or 4 bits one of 8, by Pillow's name of the raw pixels."""

Colour = tuple[int, int, int]
Mode = Literal["L", "RGB"]


class UnsuitableImageError(ValueError):
    """An image whose pixels would be changed in silence; the message says what it has.

    Attributes:
        remedy: what the user can do.
    """

    def __init__(self, has: str, remedy: str) -> None:
        super().__init__(has)
        self.remedy = remedy


def open_exactly(file: Path) -> Image.Image:
    """The image in `file`, whose pixels are not read yet.

    Raises:
        UnsuitableImageError: it has more than 8 bits a channel, several frames, or other colours than grey or RGB.
        OSError, SyntaxError, ValueError, Image.DecompressionBombError: by Pillow, which cannot read it.
    """
    image = Image.open(file, formats=FORMATS)
    try:
        _require_exact(image)
        _require_plausible(image, file.stat().st_size)
    except UnsuitableImageError:
        image.close()
        raise
    if _raw_mode(image) in FEW_BITS and "transparency" in image.info:
        image.info["transparency"] *= FEW_BITS[_raw_mode(image)]  # Pillow does so to the pixels alone
    return image


def is_grey(image: Image.Image, background: Colour | None) -> bool:
    """Whether an image whose pixels are not read yet is grey, over `background` where it may be transparent."""
    coloured = background is not None and len(set(background)) > 1 and _may_be_transparent(image)
    return image.mode in GREY_MODES and not coloured


def flatten(image: Image.Image, mode: Mode, background: Colour | None) -> Image.Image:
    """`image` in `mode`, over `background` where it is transparent.

    Raises:
        UnsuitableImageError: a pixel is transparent and there is no background.
        OSError, SyntaxError, ValueError: by Pillow, where the pixels cannot be read.
    """
    if not _may_be_transparent(image):
        return image.convert(mode)
    layers = image.convert("RGBA")
    if layers.getchannel("A").getextrema() == (255, 255):
        return layers.convert(mode)
    if background is None:
        raise UnsuitableImageError(
            "transparent pixels",
            "put transparent images on a background, or let the data set 'image-folder' do so by its option "
            "'background', such as 'background: white'",
        )
    return Image.alpha_composite(Image.new("RGBA", layers.size, (*background, 255)), layers).convert(mode)


def _require_exact(image: Image.Image) -> None:
    if image.mode in DEEP_MODES or (image.format == "PNG" and _raw_mode(image).endswith(";16B")):
        raise UnsuitableImageError("more than 8 bits a channel", "convert images of more than 8 bits a channel to 8")
    if image.mode not in EXACT_MODES:
        raise UnsuitableImageError(
            f"{image.mode} colours", "convert images of other colours to RGB by a tool that knows their colour profile"
        )
    frames = getattr(image, "n_frames", 1)
    if image.format in ANIMATED and frames > 1:
        raise UnsuitableImageError(f"{frames} frames", "save one frame of each animation as an image of its own")


def _require_plausible(image: Image.Image, packed: int) -> None:
    """Refuse an image whose pixels would fill the memory with nothing, which a small file may ask for."""
    size = image.width * image.height * len(image.getbands())
    if size > FREE and size > LARGEST_RATIO * packed:
        raise UnsuitableImageError(
            f"{image.width} x {image.height} pixels in {packed:,} bytes", "shrink images of so many pixels"
        )


def _may_be_transparent(image: Image.Image) -> bool:
    return "A" in image.getbands() or "transparency" in image.info


def _raw_mode(image: Image.Image) -> str:
    """Pillow's name of how the pixels stand in the file, whose bits it hides; empty where it tells more than that."""
    tiles = getattr(image, "tile", ())
    raw = tiles[0][3] if tiles else ""
    return raw if isinstance(raw, str) else ""
