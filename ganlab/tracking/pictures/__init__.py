"""Pictures of what a run directory keeps of its samples."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError
from typing import Any
from zipfile import ZipFile

import numpy as np

from ganlab.errors import InputError
from ganlab.tracking.pictures import density, plane, vectors  # noqa: F401 (each registers its pictures)
from ganlab.tracking.pictures.base import PICTURES, Picture, register
from ganlab.tracking.pictures.grid import grid_png
from ganlab.zip_files import UNREADABLE, require_plausible

__all__ = ["PICTURES", "Picture", "arrays_in", "grid_png", "picture", "register"]


def picture(samples: Path) -> bytes:
    """A PNG of a file that `RunDirectory.save_samples` wrote; its name is the step.

    Raises:
        InputError: the file holds something else.
    """
    arrays = arrays_in(samples)
    name = arrays.pop("picture")
    try:
        return PICTURES[name].draw(f"step {int(samples.stem):,}", arrays)
    except Exception as fault:  # of foreign arrays, drawing raises whatever they lead it to
        kind = "" if isinstance(fault, InputError) else f"{type(fault).__name__}: "
        raise InputError(f"{samples} cannot be drawn as '{name}' ({kind}{fault}); remove the file") from fault


def arrays_in(samples: Path) -> dict[str, Any]:
    """What is in a file that `RunDirectory.save_samples` wrote: arrays by name, and under ``picture`` what draws them.

    Raises:
        InputError: the file holds something else.
    """
    try:
        with ZipFile(samples) as packed:
            require_plausible(packed, str(samples))
        with np.load(samples, allow_pickle=False) as file:
            arrays = dict(file)
        return arrays | {"picture": str(arrays["picture"])}
    except InputError:
        raise
    except (*UNREADABLE, TokenError) as fault:
        raise InputError(f"{samples} holds no samples that can be drawn ({fault}); remove the file") from None
