"""Data that Python code gives as arrays: kept in files, which sweeps and later processes read."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from pandas.api.types import infer_dtype
from torch import Tensor
from torch.utils.data import Dataset

from ganlab.errors import InputError
from ganlab.options import shown
from ganlab.record.files import write_whole
from ganlab.text import one_line

LARGEST_PIXEL = 255
TIMES = ("datetime", "datetime64", "date", "time", "timedelta", "timedelta64", "period")
"""As pandas calls them."""


def data_choice(data: Any, folder: Path) -> tuple[dict[str, Any], str]:
    """What a sweep has under ``data`` for `data`, which is written into `folder` unless it is there already.

    Returns:
        The keys, and a title for a file name.

    Raises:
        InputError: it is no data that can be learnt.
    """
    if isinstance(data, str):
        return {"name": data}, data
    if isinstance(data, Mapping):
        return dict(data), str(data.get("name", "data"))
    if isinstance(data, pd.DataFrame):
        return _table(data, folder)
    if isinstance(data, Dataset):
        return _arrays(*_items(data), folder)
    return _arrays(_as_array(data), None, folder)


def _as_array(data: Any) -> NDArray[Any]:
    readable = _readable(data)
    try:
        array = np.asarray(readable)
    except ValueError:
        raise InputError("the samples have several shapes; give samples of one shape") from None
    if array.dtype.kind not in "biuf":
        raise InputError(f"the data are {array.dtype}; give an array of numbers, or a pandas frame")
    return array


def _readable(data: Any) -> Any:
    """`data` as NumPy reads it without losing anything."""
    if isinstance(data, list | tuple):
        return [_readable(one) for one in data]
    if isinstance(data, Tensor):
        return _of_tensor(data)
    if np.ma.is_masked(data):
        raise InputError("values of the data are masked; leave their samples out, or fill them")
    return data


def _of_tensor(tensor: Tensor) -> NDArray[Any]:
    unknown_to_numpy = tensor.is_floating_point() and tensor.dtype not in (torch.float16, torch.float32, torch.float64)
    try:
        array: NDArray[Any] = (tensor.cpu().float() if unknown_to_numpy else tensor).numpy(force=True)
    except (TypeError, RuntimeError):
        raise InputError(
            f"the data are a tensor of {tensor.dtype} and {tensor.layout} on {tensor.device}, which NumPy cannot read; "
            "give a dense one of plain numbers"
        ) from None
    return array


def _items(dataset: Dataset[Any]) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The samples of a dataset and, of images, their labels if the items are pairs."""
    if not hasattr(dataset, "__len__"):
        raise InputError("the dataset has no length; give one whose samples can be counted")
    items = [_parts(dataset[index]) for index in range(len(dataset))]
    if not items:
        raise InputError("the dataset is empty; give one that has samples")
    firsts = [_as_array(item[0]) for item in items]
    shapes = {one.shape for one in firsts}
    if len(shapes) != 1:
        raise InputError(f"the samples of the dataset have {len(shapes)} shapes; give one whose samples have one shape")
    samples = np.stack(firsts)
    if samples.ndim < 3:
        return samples, None
    lengths = {len(item) for item in items}
    if lengths not in ({1}, {2}):
        parts = " or ".join(map(str, sorted(lengths)))
        raise InputError(f"the items of the dataset have {parts} parts; give images alone, or pairs with their labels")
    return _pixels(samples), None if lengths == {1} else np.stack([_label(item[1]) for item in items])


def _parts(item: Any) -> Sequence[Any]:
    """A sample and what stands beside it. A list of numbers is a sample, and so is a tuple of more than two."""
    if not isinstance(item, tuple | list) or not item:
        return (item,)
    is_array = not isinstance(item[0], int | float | list | tuple) and getattr(item[0], "ndim", 1) > 0  # or an image
    if isinstance(item, tuple):
        return item if is_array or len(item) <= 2 else (item,)
    return item if is_array and len(item) == 2 else (item,)


def _label(given: Any) -> NDArray[Any]:
    """One whole number."""
    with suppress(ValueError):
        label = np.asarray(_readable(given))
        if label.shape in ((), (1,)) and label.dtype.kind in "iu":
            return label.reshape(())
    raise InputError(
        f"a label of the dataset is {shown(given)}; give one whole number an image, or images without labels"
    )


def _pixels(images: NDArray[Any]) -> NDArray[Any]:
    """Images between 0 and 1, as `torchvision.transforms.ToTensor` makes them of pixels, as those pixels."""
    if images.dtype.kind != "f":
        return images
    scaled = np.rint(images.astype(np.float64) * LARGEST_PIXEL)
    exact = np.allclose(scaled / LARGEST_PIXEL, images, rtol=0, atol=1e-6)
    if not exact or scaled.min() < 0 or scaled.max() > LARGEST_PIXEL:
        raise InputError("the images are floats that are no 8-bit pixels divided by 255; give them as uint8")
    return scaled.astype(np.uint8)


def _arrays(array: NDArray[Any], labels: NDArray[Any] | None, folder: Path) -> tuple[dict[str, Any], str]:
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    kinds = {1: "column", 2: "points", 3: "image-array", 4: "image-array"}
    if array.ndim not in kinds:
        raise InputError(
            f"the data have the shape {list(array.shape)}; give numbers [n], vectors [n, d], or images [n, C, H, W]"
        )
    if array.ndim > 2 and array.dtype != np.uint8:
        raise InputError(f"the images are {array.dtype}; give 8-bit integers, uint8 from 0 to 255")
    arrays = {"images": array} if labels is None else {"images": array, "labels": labels}
    title = _title(b"".join(map(_npy, arrays.values())))
    path = folder / f"{title}{'.npy' if labels is None else '.npz'}"
    buffer = io.BytesIO()
    if labels is not None:
        np.savez(buffer, images=array, labels=labels)
    return {"name": kinds[array.ndim], "path": _kept(path, buffer.getvalue() or _npy(array))}, title


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array))
    return buffer.getvalue()


def _table(frame: pd.DataFrame, folder: Path) -> tuple[dict[str, Any], str]:
    """Columns of texts and truth values are categories."""
    names = [str(name) for name in frame.columns]
    times = [name for name, (_, cells) in zip(names, frame.items(), strict=True) if infer_dtype(cells) in TIMES]
    if times:
        raise InputError(
            f"the column '{one_line(times[0])}' holds times; give numbers, such as days since the first one"
        )
    categorical = [
        name
        for name, kind in zip(names, frame.dtypes, strict=True)
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind)
    ]
    content = frame.set_axis(names, axis=1).to_csv(index=False).encode()
    title = _title(content)
    path = _kept(folder / f"{title}.csv", content)
    return {"name": "table", "path": path, "columns": names, "categorical": categorical}, title


def _title(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _kept(path: Path, content: bytes) -> str:
    """The file at `path`, which has that content after this."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, content)
    return str(path)
