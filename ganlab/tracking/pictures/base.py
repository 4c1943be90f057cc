"""The shape of a picture, and the registry of the known ones."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ganlab.registry import Registry

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What draws the samples that a reference says are drawn so.

    Attributes:
        draw: a PNG of a title, which may go unused, and of the arrays that the reference's `pictured` gave, by name.
    """

    name: str
    summary: str
    paper: str = ""
    draw: Callable[[str, Mapping[str, Any]], bytes]


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of so many inches, at 100 pixels an inch."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=100, layout="tight")


def png_of(figure: Figure) -> bytes:
    """A PNG of `figure`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)  # matplotlib gives it no types
    png = io.BytesIO()
    canvas.print_png(png)
    return png.getvalue()


PICTURES: Registry[Picture] = Registry("picture")
register = PICTURES.add
