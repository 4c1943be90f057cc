"""Real images by the name of a data set, or from where they lie."""

from __future__ import annotations

from pathlib import Path

from ganlab.data.base import load
from ganlab.data.image_files import read_images
from ganlab.data.images import fingerprint
from ganlab.data.reference import Images
from ganlab.errors import InputError


def real_images(name: str) -> Images:
    """The images of a file or folder, or the reference of the image set called `name`.

    Raises:
        InputError: it is neither, or cannot be read.
    """
    path = Path(name)
    if path.exists():
        images = read_images(path)
        return Images(name=str(path), images=images, labels=None, classes=0, fingerprint=fingerprint(images))
    reference = load(name, {}, f"data '{name}'").reference
    if not isinstance(reference, Images):
        raise InputError(f"the data set '{name}' has no images to measure against")
    return reference
