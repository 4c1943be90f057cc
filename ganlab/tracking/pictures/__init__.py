"""Pictures of what a run directory keeps of its samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ganlab.errors import InputError
from ganlab.tracking.pictures.density import density_picture
from ganlab.tracking.pictures.grid import grid_picture, grid_png
from ganlab.tracking.pictures.plane import plane_picture

__all__ = ["arrays_in", "grid_png", "picture"]

Draw = Callable[[str, Mapping[str, Any]], bytes]

DRAWN_BY: dict[frozenset[str], Draw] = {
    frozenset({"edges", "counts", "density"}): density_picture,
    frozenset({"points", "centres"}): plane_picture,
    frozenset({"images", "raw"}): grid_picture,
}
"""What draws samples, by the names of the arrays that are kept of them."""


def picture(samples: Path) -> bytes:
    """A PNG of a file that `RunDirectory.save_samples` wrote; its name is the step.

    Raises:
        InputError: the file holds something else.
    """
    arrays = arrays_in(samples)
    return DRAWN_BY[frozenset(arrays)](f"step {int(samples.stem):,}", arrays)


def arrays_in(samples: Path) -> dict[str, Any]:
    """The arrays by name in a file that `RunDirectory.save_samples` wrote.

    Raises:
        InputError: the file holds something else.
    """
    try:
        with np.load(samples) as file:
            arrays = dict(file)
        DRAWN_BY[frozenset(arrays)]
    except (BadZipFile, EOFError, KeyError, ValueError) as fault:
        raise InputError(f"{samples} holds no samples that can be drawn ({fault}); remove the file") from None
    return arrays
