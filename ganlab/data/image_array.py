"""A user's array of images."""

from __future__ import annotations

from typing import Literal

import torch

from ganlab.data.array_images import resize
from ganlab.data.base import DataSource, register
from ganlab.data.feature_statistics import FeatureStatistics
from ganlab.data.image_arrays import read_array_file, read_labels
from ganlab.data.images import ImageSet, ResizableOptions, Split
from ganlab.data.places import user_path
from ganlab.errors import InputError
from ganlab.text import one_line


class ImageArrayOptions(ResizableOptions):
    """`path` is a NPY file of images, or a NPZ file of `images` and perhaps their `labels`."""

    path: str
    reference: Literal["train"] = "train"


def image_array(options: ImageArrayOptions) -> ImageSet:
    """The images of an NPY or NPZ file.

    Raises:
        InputError: the file cannot be read, holds no images, or its labels do not fit them.
    """
    path = user_path(options.path)
    found = read_array_file(path)
    if isinstance(found, FeatureStatistics):
        raise InputError(f"'{path}' holds statistics of features; training takes images")
    pixels, notes = found
    images, framing = torch.from_numpy(pixels), ""
    if options.size is not None and images.shape[2:] != (options.size, options.size):
        images, framing = resize(images, options.size), f", resized to {options.size}x{options.size}"
    labels = read_labels(path, len(images))
    split = Split(
        name=f"the {len(images):,} images of '{one_line(options.path)}'{framing}",
        images=images,
        labels=None if labels is None else torch.from_numpy(labels),
    )
    classes = 0 if labels is None else int(labels.max()) + 1
    return ImageSet(split, split, classes=classes, flips=options.flips, remarks=notes)


register(
    DataSource(
        name="image-array",
        summary="images of a NPY array, or of a NPZ file with 'images' and perhaps 'labels' of their classes",
        options=ImageArrayOptions,
        load=image_array,
        paths=("path",),
    )
)
