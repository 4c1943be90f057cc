"""A user's folder of images."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import torch
from pydantic import model_validator
from torch import Tensor

from ganlab.data.base import DataSource, register
from ganlab.data.decoded import decode_once
from ganlab.data.decoding import Framing, find_images
from ganlab.data.images import ImageOptions, ImageSet, Side, Split, require_alike
from ganlab.data.places import user_path
from ganlab.errors import InputError


class FolderOptions(ImageOptions):
    """`size` crops images to their middle square and resizes them; without it they must be of one size.

    `test_path` is a folder of the same kind, of images that are not trained on.
    """

    path: str
    test_path: str | None = None
    size: Side | None = None

    @model_validator(mode="after")
    def _test_images_are_given(self) -> Self:
        if self.reference == "test" and self.test_path is None:
            raise ValueError("'reference: test' needs the folder of the test images, 'test_path'")
        return self


def image_folder(options: FolderOptions) -> ImageSet:
    """All images in a folder and below it.

    If every image lies in a folder of its own kind at the top, and there are at least two of these, they are the
    classes, labelled in the order of their names.

    Raises:
        InputError: a folder is absent or empty, images cannot be read or differ in size, or the test images, be they
            the reference or not, are of other classes or another shape.
    """
    training, classes = _read(options.path, options.size)
    if options.test_path is None:
        return ImageSet(training, training, classes=len(classes), flips=options.flips)
    test, found = _read(options.test_path, options.size)
    if found != classes:
        raise InputError(
            f"'{options.path}' has {_in_words(classes)} and '{options.test_path}' {_in_words(found)}; "
            "they must be the same"
        )
    require_alike(training, test)
    reference = test if options.reference == "test" else training
    return ImageSet(training, reference, test=lambda: test, classes=len(classes), flips=options.flips)


def _read(path: str, size: int | None) -> tuple[Split, list[str]]:
    """The images in the folder `path`, and the names of their classes."""
    folder = user_path(path)
    files = find_images(folder)
    labels, classes = _label(folder, files)
    framing = "" if size is None else f", cropped to squares and resized to {size}x{size}"
    images = "image" if len(files) == 1 else "images"
    name = f"the {len(files):,} {images} of '{path}'{framing}"
    return Split(name=name, images=decode_once(files, Framing(size)), labels=labels), classes


def _label(folder: Path, files: list[Path]) -> tuple[Tensor | None, list[str]]:
    parts = [file.relative_to(folder).parts for file in files]
    classes = sorted({part[0] for part in parts})
    if len(classes) < 2 or any(len(part) == 1 for part in parts):
        return None, []
    return torch.tensor([classes.index(part[0]) for part in parts]), classes


def _in_words(classes: list[str]) -> str:
    return "the classes " + ", ".join(classes) if classes else "no classes"


register(
    DataSource(
        name="image-folder",
        summary="PNG, JPEG, WebP or BMP files in a folder; its subfolders, if all images lie in such, are the classes",
        options=FolderOptions,
        load=image_folder,
    )
)
