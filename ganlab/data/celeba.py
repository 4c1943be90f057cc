"""CelebA's aligned faces."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ganlab.data.base import DataSource, register
from ganlab.data.decoded import decode_once
from ganlab.data.decoding import Framing
from ganlab.data.images import ImageOptions, ImageSet, Side, Split, SplitName
from ganlab.data.torchvision_sets import open_dataset

CROP = 148
"""The side of the middle part of the 178x218 pixels that is kept, as is usual for 64x64 faces."""


class CelebaOptions(ImageOptions):
    """`size` is the side of the faces that networks see, made of the middle 148x148 pixels of each image."""

    size: Side = 64


def celeba(options: CelebaOptions) -> ImageSet:
    """162,770 faces, and 19,962 for testing. Their 40 attributes are no classes and are left out."""
    training = _read("train", options.size)
    test = partial(_read, "test", options.size)
    return ImageSet(training, training if options.reference == "train" else test(), test=test, flips=options.flips)


def _read(which: SplitName, size: int) -> Split:
    dataset = open_dataset("celeba", "CelebA", "celeba", {"split": which})
    folder = Path(dataset.root) / dataset.base_folder / "img_align_celeba"
    files = [folder / name for name in dataset.filename]
    part = "training" if which == "train" else which
    name = f"the {len(files):,} {part} images of celeba, cropped to {CROP}x{CROP} and resized to {size}x{size}"
    return Split(name=name, images=decode_once(files, Framing(size, CROP)), labels=None)


register(
    DataSource(
        name="celeba",
        summary="162,770 aligned faces of celebrities, cropped to 148x148 and resized to 64x64, and 19,962 for testing",
        paper="arXiv:1411.7766",
        options=CelebaOptions,
        load=celeba,
    )
)
