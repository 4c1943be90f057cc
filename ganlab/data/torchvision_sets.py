"""The usual sets of images, read by torchvision's own classes, which check the files where they know their sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ganlab.data.array_images import array_set
from ganlab.data.base import DataSource, register
from ganlab.data.images import ImageSet, ResizableOptions, Split, SplitName
from ganlab.data.places import data_root, may_download
from ganlab.errors import InputError
from ganlab.extras import needed_for

BY_FLAG: Mapping[SplitName, Mapping[str, Any]] = {"train": {"train": True}, "test": {"train": False}}
BY_NAME: Mapping[SplitName, Mapping[str, Any]] = {"train": {"split": "train"}, "test": {"split": "test"}}
DIGITS = tuple("0123456789")
FAULTS = (RuntimeError, OSError, ValueError, KeyError, TypeError, AssertionError)
"""How torchvision says that a file is absent, damaged (its MNIST reader asserts), or not to be had."""


@dataclass(frozen=True, kw_only=True)
class TorchvisionSet:
    """One of torchvision's sets.

    Attributes:
        name: what users call it.
        class_name: in ``torchvision.datasets``.
        folder: where its files lie under the data root.
        classes: how many labels there are; 0 if the labels are not used.
        class_names: of the labels; empty where the files or torchvision tell them.
        arguments: of the class, for each split.
        extractor: the classifier that was fit to these images, if there is one.
    """

    name: str
    class_name: str
    folder: str
    summary: str
    paper: str = ""
    classes: int = 10
    class_names: tuple[str, ...] = ()
    arguments: Mapping[SplitName, Mapping[str, Any]] = field(default_factory=lambda: BY_FLAG)
    extractor: str | None = None


SETS = (
    TorchvisionSet(
        name="mnist",
        class_name="MNIST",
        folder="MNIST/raw",
        summary="60,000 handwritten digits of 28x28 pixels, and 10,000 for testing",
        class_names=DIGITS,
        extractor="mnist",
    ),
    TorchvisionSet(
        name="fashion-mnist",
        class_name="FashionMNIST",
        folder="FashionMNIST/raw",
        summary="60,000 pieces of clothing of 28x28 grey pixels, and 10,000 for testing",
        paper="arXiv:1708.07747",
        extractor="fashion-mnist",
    ),
    TorchvisionSet(
        name="cifar10",
        class_name="CIFAR10",
        folder="cifar-10-batches-py",
        summary="50,000 photographs of 32x32 pixels in 10 classes, and 10,000 for testing",
    ),
    TorchvisionSet(
        name="cifar100",
        class_name="CIFAR100",
        folder="cifar-100-python",
        summary="50,000 photographs of 32x32 pixels in 100 classes, and 10,000 for testing",
        classes=100,
    ),
    TorchvisionSet(
        name="svhn",
        class_name="SVHN",
        folder="*_32x32.mat",
        summary="73,257 house numbers of 32x32 pixels, and 26,032 for testing",
        class_names=DIGITS,
        arguments=BY_NAME,
    ),
    TorchvisionSet(
        name="stl10",
        class_name="STL10",
        folder="stl10_binary",
        summary="the 100,000 unlabelled photographs of STL-10, 96x96 pixels, and 8,000 for testing",
        classes=0,
        arguments={"train": {"split": "unlabeled"}, "test": {"split": "test"}},
    ),
)


def load_set(kind: TorchvisionSet, options: ResizableOptions) -> ImageSet:
    """The set `kind` from the data root.

    Raises:
        InputError: its files are absent, damaged, or could not be fetched.
    """
    return array_set(partial(read_split, kind), options, classes=kind.classes, extractor=kind.extractor)


def read_split(kind: TorchvisionSet, which: SplitName) -> Split:
    """One split of the set `kind`, in its own size."""
    dataset = open_dataset(kind.name, kind.class_name, kind.folder, kind.arguments[which])
    images = _channels_first(torch.as_tensor(dataset.data))
    part = "training" if which == "train" else which
    labels, class_names = None, kind.class_names
    if kind.classes:
        labels = torch.as_tensor(dataset.targets if hasattr(dataset, "targets") else dataset.labels).long()
        class_names = class_names or tuple(dataset.classes)
    return Split(
        name=f"the {len(images):,} {part} images of {kind.name}",
        images=images.contiguous(),
        labels=labels,
        class_names=class_names,
    )


def open_dataset(name: str, class_name: str, folder: str, arguments: Mapping[str, Any]) -> Any:
    """A dataset of torchvision, found under the data root or, if that is allowed, downloaded to it.

    Args:
        name: what users call the set.
        class_name: in ``torchvision.datasets``.
        folder: where its files lie under the data root, for the message.
        arguments: of the class.

    Raises:
        InputError: its files are absent, damaged, or could not be fetched.
    """
    with needed_for(f"the data set '{name}'"):
        from torchvision import datasets  # slow to import, and few runs need it

    root = data_root().absolute()
    make = partial(getattr(datasets, class_name), root, **arguments)
    try:
        return make(download=False)
    except FAULTS as error:
        if not str(error).startswith("Dataset not found"):
            reason = error.strerror if isinstance(error, OSError) else None
            raise InputError(
                f"cannot read {name} at '{root / folder}' ({reason or 'a file is damaged'}); "
                "remove it and fetch it anew with --download"
            ) from error
    if not may_download():
        raise InputError(
            f"'{root}' holds no whole {name}, which would be its '{folder}'; add --download to fetch it, "
            "or give the folder that has it with --data-root"
        )
    try:
        return make(download=True)
    except FAULTS as error:
        raise InputError(f"cannot fetch {name} to '{root}': {_one_line(error)}") from error


def _channels_first(images: Tensor) -> Tensor:
    """[n, H, W] or [n, H, W, 3] as [n, C, H, W]; what already is so stays."""
    if images.ndim == 3:
        return images[:, None]
    return images.permute(0, 3, 1, 2) if images.shape[-1] == 3 else images


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


for kind in SETS:
    register(
        DataSource(
            name=kind.name,
            summary=kind.summary,
            paper=kind.paper,
            options=ResizableOptions,
            load=partial(load_set, kind),
        )
    )
