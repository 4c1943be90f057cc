"""A user's folder of images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import BeforeValidator, SerializerFunctionWrapHandler, model_serializer, model_validator

from ganlab.data.base import DataSource, register
from ganlab.data.class_folders import class_folders, natural_order, refuse_splits
from ganlab.data.decoded import decode_once
from ganlab.data.decoding import Framing
from ganlab.data.folders import Listing, list_folder, named, remarks_on
from ganlab.data.image_modes import Colour
from ganlab.data.images import ImageOptions, ImageSet, Side, Split, require_alike
from ganlab.data.places import user_path
from ganlab.errors import InputError
from ganlab.text import counted, one_line

COLOURS: dict[object, Colour] = {"white": (255, 255, 255), "black": (0, 0, 0)}

Option = Literal["path", "test_path"]


def _colour(value: object) -> Colour:
    if isinstance(value, str) and value in COLOURS:
        return COLOURS[value]
    levels = tuple(value) if isinstance(value, list | tuple) else ()
    if len(levels) != 3 or not all(type(level) is int and 0 <= level <= 255 for level in levels):
        raise ValueError(f"{value!r} is no colour; write white, black, or three levels of 0 to 255 such as [127, 0, 0]")
    return levels


class FolderOptions(ImageOptions):
    """`size` crops images to their middle square and resizes them; without it they must be of one size.

    `test_path` is a folder of the same kind, of images that are not trained on. `background` is the colour behind
    transparent pixels, white, black or [red, green, blue]; without it images that have any are refused.
    """

    path: str
    test_path: str | None = None
    size: Side | None = None
    background: Annotated[Colour | None, BeforeValidator(lambda value: None if value is None else _colour(value))] = (
        None
    )

    @model_validator(mode="after")
    def _test_images_are_given(self) -> Self:
        if self.reference == "test" and self.test_path is None:
            raise ValueError("'reference: test' needs the folder of the test images, 'test_path'")
        return self

    @model_serializer(mode="wrap")
    def _without_absent_background(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As run ids have them, which were there before the background was."""
        values: dict[str, Any] = dump(self)
        return values if self.background is not None else {key: values[key] for key in values if key != "background"}


def image_folder(options: FolderOptions) -> ImageSet:
    """All images in a folder and below it.

    If every image lies in a folder of its own kind at the top, and there are at least two of these, they are the
    classes, labelled in the natural order of their names: 1, 2, 10.

    Raises:
        InputError: a folder is absent or empty or holds the splits of a set, images cannot be read or differ in size,
            or the test images, be they the reference or not, are of other classes or another shape, or among the
            training images.
    """
    training, remarks = _read(options, "path", options.path)
    classes = len(training.class_names)
    if options.test_path is None:
        return ImageSet(training, training, classes=classes, flips=options.flips, remarks=remarks)
    _require_apart(options.path, options.test_path)
    test, test_remarks = _read(options, "test_path", options.test_path)
    told = [f"in '{one_line(options.test_path)}' {remark}" for remark in test_remarks]
    if test.class_names != training.class_names:
        raise InputError(
            f"'{options.path}' has {_in_words(training.class_names)} and '{options.test_path}' "
            f"{_in_words(test.class_names)}; {'; '.join(['they must be the same', *remarks, *told])}"
        )
    require_alike(training, test)
    if options.reference == "train":
        remarks = [*remarks, f"for testing {test.name}"]
    return ImageSet(
        training,
        test if options.reference == "test" else training,
        test=lambda: test,
        classes=classes,
        flips=options.flips,
        remarks=[*remarks, *told],
    )


def _read(options: FolderOptions, option: Option, path: str) -> tuple[Split, list[str]]:
    """The images in the folder `path`, and remarks on what else is in it."""
    folder = user_path(path)
    listing = list_folder(folder)
    refuse_splits(folder, listing.images, path, option)
    classes = class_folders(folder, listing.images)
    names = natural_order(set(classes))
    label = {name: index for index, name in enumerate(names)}
    size, count = options.size, len(listing.images)
    framing = "" if size is None else f", cropped to squares and resized to {size}x{size}"
    split = Split(
        name=f"the {count:,} {'image' if count == 1 else 'images'} of '{one_line(path)}'{framing}",
        images=decode_once(listing.images, Framing(size, background=options.background)),
        labels=torch.tensor([label[name] for name in classes]) if classes else None,
        class_names=tuple(map(one_line, names)),
    )
    return split, list(_remarks(folder, listing, names))


def _remarks(folder: Path, listing: Listing, classes: Sequence[str]) -> Iterator[str]:
    """What a user should know of a folder beside its images, each in a few words on one line."""
    tops = {image.relative_to(folder).parts[0] for image in listing.images}
    outside = [image for image in listing.images if image.parent == folder]
    if not classes and len(outside) < len(listing.images):
        where = f"{len(outside):,} lie in no subfolder" if outside else "all lie in one subfolder"
        yield f"no classes, as {where}: {named(folder, outside or [folder / name for name in tops])}"
    empty = [folder / name for name in listing.subfolders if name not in tops]
    if empty:
        yield f"no image in {counted(len(empty), 'subfolder')}: {named(folder, empty)}"
    yield from remarks_on(folder, listing)


def _require_apart(path: str, test_path: str) -> None:
    training, test = user_path(path).resolve(), user_path(test_path).resolve()
    if test.is_relative_to(training) or training.is_relative_to(test):
        raise InputError(
            f"the test images in '{test_path}' and the training images in '{path}' are in part the same; "
            "give two folders of which none lies in the other"
        )


def _in_words(classes: Sequence[str]) -> str:
    return "the classes " + ", ".join(classes) if classes else "no classes"


register(
    DataSource(
        name="image-folder",
        summary="PNG, JPEG, WebP or BMP files in a folder; its subfolders, if all images lie in such, are the classes",
        options=FolderOptions,
        load=image_folder,
        paths=("path", "test_path"),
    )
)
