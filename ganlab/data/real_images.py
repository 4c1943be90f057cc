"""Real images by the name of a data set, or from where they lie."""

from __future__ import annotations

from pathlib import Path

from ganlab.data.base import DATA, DataSource, load
from ganlab.data.image_files import read_images
from ganlab.data.images import ImageOptions, fingerprint
from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.registry import did_you_mean


def real_images(name: str) -> Images:
    """The images of a file or folder, or the reference of the image set called `name`.

    Raises:
        InputError: it is neither, or cannot be read.
    """
    path = Path(name)
    if path.exists():
        images = read_images(path)
        return Images(name=str(path), images=images, labels=None, classes=0, fingerprint=fingerprint(images))
    if name not in DATA:
        sets = [source.name for source in DATA if _is_given_by_name(source)]
        raise InputError(f"there is no file, folder or set of images '{name}'; {did_you_mean(name, sets)}")
    reference = load(name, {}, f"data '{name}'").reference
    if not isinstance(reference, Images):
        raise InputError(f"the data set '{name}' has no images to measure against")
    return reference


def _is_given_by_name(source: DataSource) -> bool:
    """Whether it is a set of images that needs no options."""
    fields = source.options.model_fields.values()
    return issubclass(source.options, ImageOptions) and not any(field.is_required() for field in fields)
