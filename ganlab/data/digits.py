"""The 8x8 digits that come with scikit-learn; nothing is downloaded."""

from __future__ import annotations

import numpy as np
import torch

from ganlab.data.array_images import array_set
from ganlab.data.base import DataSource, register
from ganlab.data.images import ImageSet, ResizableOptions, Split, SplitName

TEST_EVERY = 5
"""Every fifth image of each class, in the set's order, is a test image. The set itself has no splits."""


def digits(options: ResizableOptions) -> ImageSet:
    """1,797 handwritten digits [1, 8, 8] in ten classes: 1,442 for training, 355 for testing.

    Their 17 grey levels 0..16 are spread over 0..255.
    """
    return array_set(_read, options, classes=10, extractor="digits")


def _read(which: SplitName) -> Split:
    from sklearn import datasets  # slow to import, and few runs need it

    table = datasets.load_digits()
    levels = np.rint(table.images * (255 / 16)).astype(np.uint8)
    is_test = np.zeros(len(levels), dtype=bool)
    for label in range(10):
        is_test[np.flatnonzero(table.target == label)[TEST_EVERY - 1 :: TEST_EVERY]] = True
    chosen = is_test if which == "test" else ~is_test
    part = "test images of digits (every fifth of each class)"
    if which == "train":
        part = "training images of digits (all but every fifth of each class)"
    return Split(
        name=f"the {chosen.sum():,} {part}",
        images=torch.from_numpy(levels[chosen])[:, None],
        labels=torch.from_numpy(table.target[chosen].astype(np.int64)),
        class_names=tuple(map(str, table.target_names)),
    )


register(
    DataSource(
        name="digits",
        summary="1,442 handwritten digits of 8x8 pixels that come with scikit-learn, and 355 for testing",
        options=ResizableOptions,
        load=digits,
    )
)
