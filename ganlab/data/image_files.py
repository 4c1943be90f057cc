"""Images that are kept as files: read to be measured, and written for other tools to measure."""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ganlab.data.decoding import Framing, Pixels, common_shape, decode
from ganlab.data.folders import find_images
from ganlab.errors import InputError

CHANNELS = (1, 3)
ARRAY_SUFFIXES = (".npz", ".npy")


def read_images(path: Path) -> Tensor:
    """The images uint8 [n, C, H, W] of a folder of image files of one size, an NPZ or an NPY file.

    An NPZ file holds them under the key ``images``. Arrays are [n, C, H, W] or, where only the last axis can be
    that of one or three channels, [n, H, W, C].

    Raises:
        InputError: `path` is none of these, or holds no such images.
    """
    if path.suffix.lower() in ARRAY_SUFFIXES:
        return torch.from_numpy(_channels_first(_read_array(path), path))
    files = find_images(path)
    shape = common_shape(files, Framing())
    return torch.from_numpy(np.concatenate(list(decode(files, Framing(), shape[0]))))


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


def _read_array(path: Path) -> NDArray[Any]:
    try:
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return content
        with content:
            if "images" in content:
                return np.asarray(content["images"])
            keys = ", ".join(content)
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from None
    except (ValueError, EOFError, TokenError, zipfile.BadZipFile, zlib.error) as error:
        kind = path.suffix[1:].upper()
        if "pickle" in str(error):  # NumPy takes what it does not know for a pickle, and tells how to load it unsafely
            raise InputError(f"'{path}' is damaged or no {kind} file of numbers") from None
        raise InputError(f"'{path}' is damaged or no {kind} file: {error}") from None
    raise InputError(f"'{path}' has no key 'images'; it has {keys or 'none'}")


def _channels_first(array: NDArray[Any], path: Path) -> Pixels:
    if array.dtype != np.uint8 or array.ndim != 4 or not array.size:
        raise InputError(f"'{path}' holds {array.dtype} {list(array.shape)}; images are uint8 [n, C, H, W]")
    if array.shape[1] in CHANNELS:
        return array
    if array.shape[3] in CHANNELS:
        return np.ascontiguousarray(np.moveaxis(array, 3, 1))
    raise InputError(f"'{path}' holds an array {list(array.shape)}, none of whose axes is that of 1 or 3 channels")


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
        image = pixels[index, 0] if pixels.shape[1] == 1 else np.moveaxis(pixels[index], 0, -1)
        Image.fromarray(np.ascontiguousarray(image)).save(temporary / f"{index:06}.png")

    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(write, range(len(pixels))))
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
