"""Sets of images: tables of uint8 from which training looks up its batches by index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from ganlab.data.base import Data
from ganlab.data.reference import Images
from ganlab.data.units import Levels, to_float
from ganlab.errors import InputError
from ganlab.options import Options

FEW_CLASSES = 10
"""So many classes are listed with their numbers of images; of more, as many are named."""
CHANNELS = {1: "grey", 3: "RGB"}

SplitName = Literal["train", "test"]
Side = Annotated[int, Field(ge=1, le=1024)]
"""Of the square images that networks see; more is taken for a slip, and would fill the memory."""


class ImageOptions(Options):
    """What every set of images has.

    `flips` adds the mirror image of each training image; the reference stays as it is. `reference` is the split
    that generated images are compared with.
    """

    flips: bool = False
    reference: SplitName = "train"


class ResizableOptions(ImageOptions):
    """`size` is the side of the square images that networks see; nothing leaves the images as they are."""

    size: Side | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """One part of a set.

    Attributes:
        name: in words.
        images: uint8 [n, C, H, W].
        labels: int64 [n], or None.
        class_names: of the labels, in their order, where they have names; else empty.
    """

    name: str
    images: Tensor
    labels: Tensor | None
    class_names: tuple[str, ...] = ()


class ImageSet(Data):
    """Training images drawn uniformly with replacement, as indices; `transform` gathers them.

    Networks see float32 in [-1, 1]; the data's own units are uint8. With flips, an index from the upper half of
    [0, 2 n) stands for a mirrored image.

    Args:
        training: what is learnt from.
        reference: what generated images are compared with; it may be `training` itself.
        test: reads the test images, if there are any, which are neither where `reference` is `training`.
        classes: how many labels there are; 0 without labels.
        flips: whether mirrored images (left to right) are drawn as well.
        extractor: the classifier whose features fit these images, if there is one.
        modes: how many modes there are to cover; 0 if that is unknown.
        remarks: what else was found where the images were read.

    Raises:
        InputError: a split is empty or its labels do not fit its images, or the two splits differ in shape.
    """

    entry_shape = ()
    entry_dtype = torch.int64
    units = Levels()

    def __init__(
        self,
        training: Split,
        reference: Split,
        *,
        test: Callable[[], Split] | None = None,
        classes: int = 0,
        flips: bool = False,
        extractor: str | None = None,
        modes: int = 0,
        remarks: Sequence[str] = (),
    ) -> None:
        for split in (training, reference):
            _require_whole(split, classes)
        require_alike(training, reference)
        self.sample_shape = tuple(training.images.shape[1:])
        self.classes = classes
        self.class_names = training.class_names
        self.found = "; ".join([_found(training, classes, reference), *remarks])
        self.storage = (training.images,) if training.labels is None else (training.images, training.labels)

        def as_images(split: Split, others: Callable[[], Images] | None = None) -> Images:
            return Images(
                name=split.name,
                images=split.images,
                labels=split.labels,
                classes=classes,
                fingerprint=fingerprint(split.images),
                extractor=extractor,
                modes=modes,
                others=others,
            )

        others = test if reference is training else lambda: training
        self.reference = as_images(reference, None if others is None else cache(lambda: as_images(others())))
        own = self.reference.fingerprint if reference is training else fingerprint(training.images)
        self.fingerprint = {"images": own, "reference": self.reference.fingerprint}
        if training.labels is not None:
            self.fingerprint["labels"] = fingerprint(training.labels)
        self._flips = flips

    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        """`count` indices [count], int64."""
        choices = len(self.storage[0]) * (2 if self._flips else 1)
        return torch.randint(choices, (count,), generator=generator)

    def transform(self, entries: Tensor, storage: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None]:
        images = storage[0]
        count = len(images)
        row = entries % count if self._flips else entries
        picked = images[row]
        if self._flips:
            picked = torch.where((entries >= count)[:, None, None, None], picked.flip(-1), picked)
        return to_float(picked), storage[1][row] if self.classes else None

    def gather(self, entries: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        count = len(self.storage[0])
        mirrored = (entries >= count).long()
        indices = torch.arange(len(entries)) + len(entries) * mirrored
        return indices, tuple(table[entries - count * mirrored] for table in self.storage)


def require_alike(training: Split, other: Split) -> None:
    """Refuse an `other` split whose images cannot be compared with those of `training`.

    Raises:
        InputError: they differ in shape.
    """
    if training.images.shape[1:] != other.images.shape[1:]:
        raise InputError(
            f"{training.name}, of shape {_in_words(training.images)}, and {other.name}, of shape "
            f"{_in_words(other.images)}, are not alike; give 'size' to make them so"
        )


def fingerprint(values: Tensor) -> str:
    """The SHA-256, in hexadecimal, of a tensor's shape, type and content."""
    array: np.ndarray[tuple[int, ...], np.dtype[np.generic]] = values.contiguous().numpy()
    digest = hashlib.sha256(f"{array.dtype} {array.shape}".encode())
    digest.update(array.data)
    return digest.hexdigest()


def _require_whole(split: Split, classes: int) -> None:
    count = len(split.images)
    if count == 0:
        raise InputError(f"{split.name} are none at all; there must be at least one")
    if split.labels is None:
        if classes:
            raise InputError(f"{split.name} have no labels, but there are {classes} classes")
        return
    if len(split.labels) != count:
        raise InputError(f"{split.name} have {len(split.labels):,} labels; each image needs one")
    low, high = int(split.labels.min()), int(split.labels.max())
    if low < 0 or high >= classes:
        raise InputError(f"{split.name} have labels from {low} to {high}; they must lie in 0 to {classes - 1}")


def _found(training: Split, classes: int, reference: Split) -> str:
    """One line on the images: how many, of what size and channels, their classes, and what they are compared with."""
    channels, height, width = training.images.shape[1:]
    line = f"{training.name}, {width}x{height} {CHANNELS.get(channels, f'of {channels} channels')}"
    if training.labels is not None:
        line += f", {_classes(training.labels, classes, training.class_names)}"
    return line if reference is training else f"{line}; compared with {reference.name}"


def _classes(labels: Tensor, classes: int, names: Sequence[str]) -> str:
    """The classes with how many images each has."""
    counts = torch.bincount(labels, minlength=classes).tolist()
    if classes <= FEW_CLASSES:
        return f"{classes} classes: " + ", ".join(
            f"{name} ({count:,})" for name, count in zip(names or map(str, range(classes)), counts, strict=True)
        )
    fewest, most = min(counts), max(counts)
    each = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    line = f"{classes:,} classes of {each} images"
    if not names:
        return line
    return f"{line}: {', '.join(names[:FEW_CLASSES])} and {classes - FEW_CLASSES:,} more"


def _in_words(images: Tensor) -> str:
    return "x".join(str(side) for side in images.shape[1:])
