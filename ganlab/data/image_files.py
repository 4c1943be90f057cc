"""Images that are kept as files: read to be measured, and written for other tools to measure."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganlab.data.class_folders import splits_below
from ganlab.data.decoding import Framing, Pixels, common_shape, decode
from ganlab.data.feature_statistics import FeatureStatistics
from ganlab.data.folders import list_folder, remarks_on
from ganlab.data.image_arrays import CHANNELS, IMAGES, SUFFIXES, read_array_file
from ganlab.errors import InputError

ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".safetensors")


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadImages:
    """Images uint8 [n, C, H, W], and `notes` on how they were made of what the file or folder holds."""

    images: Tensor
    notes: tuple[str, ...] = ()


def read_images(path: Path, size: int | None = None) -> ReadImages | FeatureStatistics:
    """The images of a folder of image files, or the images or statistics of an NPZ or NPY file.

    Args:
        path: the folder or file; `image_arrays.read_array_file` says which arrays are read.
        size: the side to which images are framed, as `Framing` does; without it, files must be of one size.

    Raises:
        InputError: `path` is none of these, or holds no such images.
    """
    if path.suffix.lower() in SUFFIXES and not path.is_dir():
        found = read_array_file(path)
        if isinstance(found, FeatureStatistics):
            return found
        pixels, notes = found
        images, framed = frame(torch.from_numpy(pixels), size)
        return ReadImages(images=images, notes=(*notes, *framed))
    _require_folder(path)
    listing = list_folder(path)
    files = listing.images
    _require_one_split(path, files)
    shape = common_shape(files, Framing(size))
    images = torch.from_numpy(np.concatenate(list(decode(files, Framing(size), shape[0]))))
    return ReadImages(images=images, notes=(*_framed(size), *remarks_on(path, listing)))


def frame(images: Tensor, size: int | None) -> tuple[Tensor, tuple[str, ...]]:
    """Images uint8 [n, C, H, W] cropped and resized to `size` as those of files are, and a note of it if that was done.

    Raises:
        InputError: they are neither grey nor RGB.
    """
    if size is None or images.shape[2:] == (size, size):
        return images, ()
    framing = Framing(size)

    def apply(pixels: Pixels) -> Pixels:
        return _to_pixels(framing.apply(_to_image(pixels)))

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return torch.from_numpy(np.stack(list(pool.map(apply, images.numpy())))), _framed(size)


def write_images(path: Path, images: Tensor) -> None:
    """Write images uint8 [n, C, H, W] whole or not at all.

    A path that ends in .npz becomes a file with the key ``images``, and replaces one that is there. Any other
    becomes a folder of ``000000.png``, ``000001.png`` and so on.

    Raises:
        InputError: the folder is there and not empty, the images are neither grey nor RGB, or the disk does not
            take them.
    """
    if images.shape[1] not in CHANNELS:
        raise InputError(f"images of {images.shape[1]} channels cannot be written to '{path}'; they must have 1 or 3")
    pixels: Pixels = images.cpu().numpy()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix.lower() == ".npz":
            _write_npz(path, pixels)
        else:
            _write_folder(path, pixels)
    except OSError as error:
        raise InputError(f"cannot write images to '{path}': {error.strerror or error}") from error


def require_free(folder: Path) -> None:
    """Refuse a `folder` that images would be written over.

    Raises:
        InputError: it is there, and not empty.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"'{folder}' is there already and not an empty folder; give another, or remove it")


def _framed(size: int | None) -> tuple[str, ...]:
    return () if size is None else (f"cropped to squares and resized to {size}x{size}, bicubic",)


def _require_folder(path: Path) -> None:
    """Say of a file that holds no single image what to give instead; `list_folder` does so of images."""
    suffix = path.suffix.lower()
    if not path.is_file():
        return
    if suffix in ARCHIVES:
        raise InputError(f"'{path}' is an archive; unpack it, and give the folder of images")
    if suffix in PICKLES:
        raise InputError(
            f"'{path}' is a file of PyTorch or of pickled objects; save its images as uint8 [n, C, H, W] with "
            f"numpy.savez(file, {IMAGES}=...), and give that"
        )


def _require_one_split(folder: Path, files: list[Path]) -> None:
    """Refuse images of which some are for training and others for testing."""
    for holder, splits in splits_below(folder, files):
        named = " or ".join(f"'{holder / split}'" for split in splits.values())
        raise InputError(
            f"'{holder}' holds the splits {', '.join(splits.values())} of a set; give one of them: {named}"
        )


def _to_image(pixels: Pixels) -> Image.Image:
    """An image [C, H, W]."""
    return Image.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(np.moveaxis(pixels, 0, -1)))


def _to_pixels(image: Image.Image) -> Pixels:
    """An image as [C, H, W]."""
    pixels: Pixels = np.asarray(image)
    return pixels[np.newaxis] if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)


def _write_npz(path: Path, pixels: Pixels) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            np.savez(file, images=pixels)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write_folder(path: Path, pixels: Pixels) -> None:
    require_free(path)
    temporary = path.with_name(f".{path.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()

    def write(index: int) -> None:
        _to_image(pixels[index]).save(temporary / f"{index:06}.png")

    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(write, range(len(pixels))))
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
