"""Stacked MNIST: three digits as the red, green and blue of one image, which makes 1,000 modes."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from ganlab.data.base import DataSource, register
from ganlab.data.images import ImageOptions, ImageSet, Split, SplitName
from ganlab.data.torchvision_sets import SETS, read_split

COUNTS: dict[SplitName, int] = {"train": 128_000, "test": 26_000}
SEEDS: dict[SplitName, int] = {"train": 0, "test": 1}


def stacked_mnist(options: ImageOptions) -> ImageSet:
    """128,000 images [3, 28, 28] whose channels are digits of MNIST drawn with replacement, as in PacGAN.

    The label of an image is the number that its digits make, red first: 0 to 999. The reference: test is 26,000
    images made of MNIST's test digits in the same way.

    Lin et al. (2018), "PacGAN: The power of two samples in generative adversarial networks", arXiv:1712.04086.
    """
    training = _stack("train")
    reference = training if options.reference == "train" else _stack("test")
    return ImageSet(
        training,
        reference,
        test=partial(_stack, "test"),
        classes=1000,
        flips=options.flips,
        extractor="mnist",
        modes=1000,
    )


def _stack(which: SplitName) -> Split:
    digits = read_split(next(kind for kind in SETS if kind.name == "mnist"), which)
    assert digits.labels is not None
    # RandomState, because NumPy promises that its stream never changes; Generator's may.
    triples = np.random.RandomState(SEEDS[which]).randint(len(digits.images), size=(COUNTS[which], 3))
    rows = torch.from_numpy(triples)
    return Split(
        name=f"{COUNTS[which]:,} images stacked at random (seed {SEEDS[which]}) from {digits.name}",
        images=digits.images[:, 0][rows],
        labels=digits.labels[rows] @ torch.tensor([100, 10, 1]),
    )


register(
    DataSource(
        name="stacked-mnist",
        summary="128,000 images of three stacked digits each, which are 1,000 modes",
        paper="arXiv:1712.04086",
        options=ImageOptions,
        load=stacked_mnist,
    )
)
