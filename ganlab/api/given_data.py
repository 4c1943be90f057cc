"""Data that Python code gives as arrays: kept in files, which sweeps and later processes read."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from ganlab.errors import InputError
from ganlab.record.files import write_whole

LARGEST_PIXEL = 255


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
    array = np.asarray(data.detach().cpu() if isinstance(data, Tensor) else data)
    if array.dtype.kind not in "biuf":
        raise InputError(f"the data are {array.dtype}; give an array of numbers, or a pandas frame")
    return array


def _items(dataset: Dataset[Any]) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The samples of a dataset and, of images, their labels if the items are pairs of an image and a whole number."""
    if not hasattr(dataset, "__len__"):
        raise InputError("the dataset has no length; give one whose samples can be counted")
    items = [dataset[index] for index in range(len(dataset))]
    firsts = [_as_array(item[0] if isinstance(item, tuple | list) else item) for item in items]
    shapes = {one.shape for one in firsts}
    if len(shapes) != 1:
        raise InputError(f"the samples of the dataset have {len(shapes)} shapes; give one whose samples have one shape")
    samples = np.stack(firsts)
    if samples.ndim < 3:
        return samples, None
    pairs = all(isinstance(item, tuple | list) and len(item) == 2 for item in items)
    labels = np.asarray([item[1] for item in items]) if pairs else None
    whole = labels is not None and labels.ndim == 1 and labels.dtype.kind in "iu"
    return _pixels(samples), labels if whole else None


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
    """Columns that are not numbers are categories."""
    names = [str(name) for name in frame.columns]
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
