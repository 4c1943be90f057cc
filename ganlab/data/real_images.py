"""What is compared: images or statistics of features, from where they lie, and sets of images by their names."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ganlab.data.base import DATA, DataSource, load
from ganlab.data.feature_statistics import FeatureStatistics
from ganlab.data.image_files import frame, read_images
from ganlab.data.images import ImageOptions, fingerprint
from ganlab.data.places import user_path
from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.registry import canonical, did_you_mean

BLOCK = 1024
"""How many images are looked at together."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One side of a comparison: its `content`, and `notes` on how that was made of what was found."""

    content: Images | FeatureStatistics
    notes: tuple[str, ...] = ()

    @property
    def measured(self) -> Tensor | FeatureStatistics:
        """The images as uint8 [n, C, H, W], or the statistics."""
        return self.content if isinstance(self.content, FeatureStatistics) else self.content.images

    @property
    def found(self) -> str:
        """What was found, in one line for the user to check."""
        notes = f" ({'; '.join(self.notes)})" if self.notes else ""
        if isinstance(self.content, FeatureStatistics):
            return f"{self.content.name}: mean and covariance of {len(self.content.mean):,} features{notes}"
        images = self.content.images
        count, channels, height, width = images.shape
        kind = {1: "grey ", 3: "RGB "}.get(channels, "")
        noun = "image" if count == 1 else "images"
        levels = f"levels {int(images.min())} to {int(images.max())}"
        return f"{self.content.name}: {count:,} {kind}{noun} of {width}x{height} pixels, {levels}{notes}"

    def equals(self, other: Side) -> bool:
        """Whether both hold the same images in the same order, or the same statistics."""
        return self.content.fingerprint == other.content.fingerprint


def read_side(path: str, size: int | None = None) -> Side:
    """What the folder or file `path` holds; `size` is the side to which images are cropped and resized.

    Raises:
        InputError: it holds neither images nor statistics.
    """
    place = user_path(path)
    found = read_images(place, size)
    if isinstance(found, FeatureStatistics):
        return Side(content=found)
    content = Images(
        name=str(place), images=found.images, labels=None, classes=0, fingerprint=fingerprint(found.images)
    )
    return Side(content=content, notes=found.notes)


def real_side(name: str, size: int | None = None) -> Side:
    """What a file or folder holds or, where there is none, the reference of the image set called `name` in any case.

    A set that has the option `size` is resized by it, and any other as images in files are.

    Raises:
        InputError: it is neither, or cannot be read.
    """
    if user_path(name).exists():
        return read_side(name, size)
    sets = [source.name for source in DATA if _is_given_by_name(source)]
    known = canonical(name, DATA.names)
    if known not in DATA:
        raise InputError(f"there is no file, folder or set of images '{name}'; {did_you_mean(name, sets)}")
    if known not in sets:
        known_sets = ", ".join(sets)
        raise InputError(
            f"the data set '{known}' has no images to measure against; give a folder, a file or one of {known_sets}"
        )
    has_size = "size" in DATA[known].options.model_fields
    reference = load(known, {"size": size} if size and has_size else {}, f"data '{known}'").reference
    assert isinstance(reference, Images)
    images, notes = frame(reference.images, size)
    return Side(content=_with_images(reference, images) if notes else reference, notes=notes)


def with_like_channels(first: Side, second: Side) -> tuple[Side, Side]:
    """Both sides, where one is grey and the other grey kept as RGB with that one made grey."""
    if _channels(first) == 1 and _channels(second) == 3:
        return first, _grey(second)
    if _channels(first) == 3 and _channels(second) == 1:
        return _grey(first), second
    return first, second


def _grey(side: Side) -> Side:
    """`side` with one channel where the three are equal in every image; else `side` itself."""
    assert isinstance(side.content, Images)
    images = side.content.images
    if not all(_is_grey(block) for block in torch.split(images, BLOCK)):
        return side
    content = _with_images(side.content, images[:, :1].contiguous())
    return Side(content=content, notes=(*side.notes, "grey kept as RGB, compared as grey"))


def _is_grey(images: Tensor) -> bool:
    return torch.equal(images[:, 0], images[:, 1]) and torch.equal(images[:, 0], images[:, 2])


def _channels(side: Side) -> int:
    """0 where there are no images."""
    return side.content.images.shape[1] if isinstance(side.content, Images) else 0


def _with_images(reference: Images, images: Tensor) -> Images:
    """`reference` with `images` made of its own, which its classifier does not fit."""
    return replace(reference, images=images, fingerprint=fingerprint(images), extractor=None, modes=0, others=None)


def _is_given_by_name(source: DataSource) -> bool:
    """Whether it is a set of images that needs no options."""
    fields = source.options.model_fields.values()
    return issubclass(source.options, ImageOptions) and not any(field.is_required() for field in fields)
