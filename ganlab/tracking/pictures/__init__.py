"""Pictures of what a run directory keeps of its samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ganlab.errors import InputError
from ganlab.tracking.pictures import density, plane, vectors  # noqa: F401 (each registers its pictures)
from ganlab.tracking.pictures.base import PICTURES, Picture, register
from ganlab.tracking.pictures.grid import grid_png

__all__ = ["PICTURES", "Picture", "arrays_in", "grid_png", "picture", "register"]


def picture(samples: Path) -> bytes:
    """A PNG of a file that `RunDirectory.save_samples` wrote; its name is the step.

    Raises:
        InputError: the file holds something else.
    """
    arrays = arrays_in(samples)
    name = arrays.pop("picture")
    return PICTURES[name].draw(f"step {int(samples.stem):,}", arrays)


def arrays_in(samples: Path) -> dict[str, Any]:
    """What is in a file that `RunDirectory.save_samples` wrote: arrays by name, and under ``picture`` what draws them.

    Raises:
        InputError: the file holds something else.
    """
    try:
        with np.load(samples) as file:
            arrays = dict(file)
        return arrays | {"picture": str(arrays["picture"])}
    except (BadZipFile, EOFError, KeyError, ValueError) as fault:
        raise InputError(f"{samples} holds no samples that can be drawn ({fault}); remove the file") from None
