"""Generated points in the plane, over the true modes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganlab.tracking.pictures.base import Picture, new_figure, png_of, register
from ganlab.tracking.pictures.density import SKY_BLUE, VERMILION

SIZE_INCHES = 4.8
MARGIN = 1.25
"""How far a picture reaches, as a multiple of the outermost centre."""


def plane_picture(title: str, arrays: Mapping[str, Any]) -> bytes:
    """A PNG of generated points over the centres of the true modes.

    All pictures of one data set have the same axes; points beyond them are not shown.

    Args:
        title: what stands above it.
        arrays: `points` [n, 2] and `centres` [K, 2].
    """
    points, centres = arrays["points"], arrays["centres"]
    reach = MARGIN * abs(centres).max()
    figure = new_figure(SIZE_INCHES, SIZE_INCHES)
    axes = figure.add_subplot(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=title)
    axes.scatter(centres[:, 0], centres[:, 1], s=120, facecolors="none", edgecolors=VERMILION, label="true modes")
    axes.scatter(points[:, 0], points[:, 1], s=4, color=SKY_BLUE, linewidths=0, label="generated")
    axes.legend(loc="upper right", frameon=False)
    return png_of(figure)


register(Picture(name="plane", summary="generated points over the true modes", draw=plane_picture))
