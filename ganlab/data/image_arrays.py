"""Images in NumPy's files: which array they are, what its axes and its numbers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np
from numpy.typing import NDArray

from ganlab.data.decoding import Pixels
from ganlab.data.feature_statistics import KEYS, FeatureStatistics, feature_statistics
from ganlab.errors import InputError
from ganlab.zip_files import UNREADABLE, require_plausible

CHANNELS = (1, 3)
SUFFIXES = (".npz", ".npy")
IMAGES = "images"
"""The key under which this program writes images."""
LABELS = "labels"
"""The key of their classes."""


def read_array_file(path: Path) -> tuple[Pixels, list[str]] | FeatureStatistics:
    """The images uint8 [n, C, H, W] of an NPZ or NPY file, with notes on how it was read, or its statistics.

    In an NPZ file the key ``images`` goes before all others; else the images are the only array of four axes, or of
    three where none has four. A file without such arrays may hold the statistics ``mu`` and ``sigma`` of features.
    Arrays are [n, C, H, W], [n, H, W, C] or, if grey, [n, H, W], of integers in 0..255.

    Raises:
        InputError: the file is damaged, holds neither, or leaves open which array or axis is meant.
    """
    arrays = _load(path)
    if isinstance(arrays, np.ndarray):
        return _as_images(arrays, path, [])
    key = _key_of_images(arrays, path)
    if key is None:
        return feature_statistics(arrays, path)
    notes = [] if key == IMAGES else [f"its array '{key}'"]
    if all(one in arrays for one in KEYS):
        notes.append("its statistics mu and sigma are not used; save them in a file of their own for FID against them")
    return _as_images(arrays[key], path, notes)


def read_labels(path: Path, count: int) -> NDArray[np.int64] | None:
    """The labels [count] under the key ``labels`` of an NPZ file, from 0 on; None where there is no such key.

    Raises:
        InputError: they are not one whole number from 0 on for each image, or a class between them has no image.
    """
    labels = _load(path, (LABELS,)) if path.suffix.lower() == ".npz" else {}
    if not isinstance(labels, dict) or LABELS not in labels:
        return None
    found = labels[LABELS]
    if found.shape != (count,) or found.dtype.kind not in "iu" or found.min() < 0:
        raise InputError(
            f"'{path}' holds '{LABELS}' {found.dtype} {list(found.shape)}; they must be {count} whole numbers from 0 on"
        )
    absent = sorted(set(range(int(found.max()) + 1)) - set(found.tolist())) if found.max() < count else [0]
    if absent:
        raise InputError(f"'{path}' has '{LABELS}' up to {found.max()} but no image of {absent[0]}; count from 0 on")
    return found.astype(np.int64)


def _load(path: Path, only: Sequence[str] = ()) -> NDArray[Any] | dict[str, NDArray[Any]]:
    """The array of an NPY file; those of an NPZ file that may be images or statistics, or `only` those of such keys."""
    try:
        if is_zipfile(path):
            with ZipFile(path) as file:
                require_plausible(file, f"'{path}'")
        content = np.load(path, allow_pickle=False)
        if isinstance(content, np.ndarray):
            return content
        with content:
            wanted = only or ((IMAGES, *KEYS) if IMAGES in content else content.files)
            wanted = [key for key in content if key in wanted]
            return {key: np.asarray(content[key]) for key in wanted}
    except OSError as error:
        raise InputError(f"cannot read '{path}': {error.strerror or error}") from None
    except InputError:
        raise
    except (*UNREADABLE, TokenError) as error:
        kind = path.suffix[1:].upper()
        if "pickle" in str(error):  # NumPy takes what it does not know for a pickle, and tells how to load it unsafely
            raise InputError(
                f"'{path}' is damaged, or holds text or objects; it must hold arrays of numbers alone"
            ) from None
        raise InputError(f"'{path}' is damaged or no {kind} file: {error}") from None


def _key_of_images(arrays: Mapping[str, NDArray[Any]], path: Path) -> str | None:
    """The key of the images; None where there are statistics instead."""
    if IMAGES in arrays:
        return IMAGES
    for axes in (4, 3):
        found = [key for key, array in arrays.items() if array.ndim == axes]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(
                f"'{path}' has several arrays that may be images: {_in_words(arrays, found)}; "
                f"save those that are meant under the key '{IMAGES}'"
            )
    if all(one in arrays for one in KEYS):
        return None
    raise InputError(
        f"'{path}' has no key '{IMAGES}' and no other array of images [n, C, H, W]; "
        f"it has {_in_words(arrays, arrays) or 'no array'}"
    )


def _in_words(arrays: Mapping[str, NDArray[Any]], keys: Any) -> str:
    return ", ".join(f"{key} {arrays[key].dtype} {list(arrays[key].shape)}" for key in keys)


def _as_images(array: NDArray[Any], path: Path, notes: list[str]) -> tuple[Pixels, list[str]]:
    if array.ndim not in (3, 4) or not array.size or array.dtype.kind not in "biuf":
        raise InputError(f"'{path}' holds {array.dtype} {list(array.shape)}; images are uint8 [n, C, H, W]")
    levels, about_levels = _levels(array, path)
    pixels, about_axes = _channels_first(levels, path)
    dark = ["no level is above 1; if 1 is meant to be white, save 255 * x"] if pixels.max() == 1 else []
    return pixels, [*notes, *about_axes, *about_levels, *dark]


def _levels(array: NDArray[Any], path: Path) -> tuple[Pixels, list[str]]:
    if array.dtype == np.uint8:
        return array, []
    low, high = array.min(), array.max()
    if array.dtype.kind in "iu" and low >= 0 and high <= 255:
        return array.astype(np.uint8), [f"{array.dtype} taken as uint8"]
    raise InputError(f"'{path}' holds {array.dtype} from {low} to {high}; {_remedy(array.dtype.kind, low, high)}")


def _remedy(kind: str, low: Any, high: Any) -> str:
    """How numbers that are no levels become uint8."""
    if kind == "b":
        return "images are uint8; save 255 * x.astype(numpy.uint8)"
    if kind == "f" and low >= 0 and high <= 1:
        return "images are uint8; save numpy.rint(255 * x).astype(numpy.uint8) if 1 is white"
    if kind == "f" and low >= -1 and high <= 1:
        return "images are uint8; save numpy.rint(127.5 * (x + 1)).astype(numpy.uint8) if -1 is black and 1 is white"
    if kind == "f" and low >= 0 and high <= 255:
        return "images are uint8; save numpy.rint(x).astype(numpy.uint8) if 255 is white"
    return "images are uint8, of levels 0 to 255; scale them to these"


def _channels_first(array: Pixels, path: Path) -> tuple[Pixels, list[str]]:
    """[n, H, W], [n, C, H, W] or [n, H, W, C] as [n, C, H, W]."""
    shape = list(array.shape)
    first, last = (shape[axis] in CHANNELS for axis in (1, -1))
    if array.ndim == 3:
        if last or shape[0] in CHANNELS:
            raise InputError(
                f"'{path}' holds an array {shape}, which may be a single image; save images as [n, C, H, W]"
            )
        return array[:, np.newaxis], ["grey, without an axis of channels"]
    if first and last:
        raise InputError(
            f"'{path}' holds an array {shape}, which may be [n, C, H, W] or [n, H, W, C]; give a folder of PNG files"
        )
    if first:
        return array, []
    if last:
        return np.ascontiguousarray(np.moveaxis(array, 3, 1)), ["channels last"]
    raise InputError(f"'{path}' holds an array {shape}, none of whose axes is that of 1 or 3 channels")
