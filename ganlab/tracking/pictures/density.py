"""Generated against true density."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganlab.tracking.pictures.base import Picture, register

SIZE_PX = (640, 400)
HEADROOM = 1.6
"""The top of a picture, as a multiple of the true density's maximum."""

ALONG_THE_AXIS = "x (samples beyond it are counted at its ends)"

# Okabe and Ito's colours, which colour-blind people can tell apart.
SKY_BLUE, VERMILION = "#56B4E9", "#D55E00"


def density_picture(title: str, arrays: Mapping[str, Any]) -> bytes:
    """A PNG of the histogram of generated samples against the true density.

    All pictures of one data set have the same axes, so that steps can be compared; a bar that is higher
    than `HEADROOM` times the density's maximum is cut off.

    Args:
        title: what stands above it.
        arrays: `edges` [k + 1], `counts` [k] and `density` [k].
    """
    edges, counts, density = arrays["edges"], arrays["counts"], arrays["density"]
    heights = counts / (max(counts.sum(), 1) * np.diff(edges))
    return _frame(tuple(edges.tolist()), tuple(density.tolist())).png(heights, title)


class _Frame:
    """The static parts of a picture, drawn once; `png` draws the changing ones onto a copy (blitting).

    A complete drawing takes 30 to 60 ms, mostly for text; this takes about 10.
    """

    def __init__(self, edges: NDArray[np.float64], density: NDArray[np.float64]) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(SIZE_PX[0] / 100, SIZE_PX[1] / 100), dpi=100)
        canvas: Any = FigureCanvasAgg(figure)  # matplotlib gives it no types
        self._axes = figure.add_axes((0.13, 0.13, 0.84, 0.78))
        self._axes.set(xlabel=ALONG_THE_AXIS, ylabel="density", xlim=(edges[0], edges[-1]))
        self._axes.set_ylim(0, HEADROOM * density.max())
        self._title = self._axes.set_title("", animated=True)
        self._bars = self._axes.stairs(
            np.zeros_like(density), edges, fill=True, color=SKY_BLUE, label="generated", animated=True
        )
        centres = (edges[:-1] + edges[1:]) / 2
        (self._curve,) = self._axes.plot(centres, density, color=VERMILION, linewidth=2, label="real", animated=True)
        self._axes.legend(loc="upper right", frameon=False)
        canvas.draw()
        self._canvas = canvas
        self._still = canvas.copy_from_bbox(figure.bbox)

    def png(self, heights: NDArray[np.float64], title: str) -> bytes:
        from matplotlib.image import imsave

        self._bars.set_data(heights)
        self._title.set_text(title)
        self._canvas.restore_region(self._still)
        for artist in (self._bars, self._curve, self._title):
            self._axes.draw_artist(artist)
        png = io.BytesIO()
        imsave(png, np.asarray(self._canvas.buffer_rgba()), format="png", pil_kwargs={"compress_level": 3})
        return png.getvalue()


@lru_cache(maxsize=8)
def _frame(edges: tuple[float, ...], density: tuple[float, ...]) -> _Frame:
    return _Frame(np.array(edges), np.array(density))


register(Picture(name="density", summary="generated against true density on the line", draw=density_picture))
