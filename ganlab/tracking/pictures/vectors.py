"""Generated vectors and series beside held-out ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from ganlab.text import one_line
from ganlab.tracking.pictures.base import Picture, new_figure, png_of, register
from ganlab.tracking.pictures.density import SKY_BLUE, VERMILION

SIDE_INCHES = 4.8
CELL_INCHES = (2.6, 2.0)
MARGIN = 0.1
"""How far a scatter reaches beyond the held-out points, as a share of their range."""


def scatter_picture(title: str, arrays: Mapping[str, Any]) -> bytes:
    """A PNG of generated points over held-out ones.

    All pictures of one data set have the same axes; points beyond them are not shown.

    Args:
        title: what stands above it.
        arrays: `points` [n, 2], `real` [m, 2], and the `names` [2] of the axes.
    """
    points, real, names = arrays["points"], arrays["real"], _names(arrays)
    figure = new_figure(SIDE_INCHES, SIDE_INCHES)
    low, high = real.min(axis=0), real.max(axis=0)
    margin = MARGIN * (high - low)
    x_limits, y_limits = np.stack([low - margin, high + margin], axis=1)
    axes = figure.add_subplot(title=title, xlabel=names[0], ylabel=names[1], xlim=x_limits, ylim=y_limits)
    axes.scatter(real[:, 0], real[:, 1], s=4, color=VERMILION, alpha=0.5, linewidths=0, label="real")
    axes.scatter(points[:, 0], points[:, 1], s=4, color=SKY_BLUE, linewidths=0, label="generated")
    axes.legend(loc="upper right", frameon=False)
    return png_of(figure)


def marginals_picture(title: str, arrays: Mapping[str, Any]) -> bytes:
    """A PNG of the histogram of each column, generated against held-out.

    All pictures of one data set have the same bins; samples beyond them are counted at their ends.

    Args:
        title: what stands above it.
        arrays: of k columns, `edges` [k, bins + 1], `counts` [k, bins], `real` [k, bins], NaN where a column has fewer
            bins, and `names` [k].
    """
    names = _names(arrays)
    columns = math.ceil(math.sqrt(len(names)))
    rows = math.ceil(len(names) / columns)
    figure = new_figure(columns * CELL_INCHES[0], rows * CELL_INCHES[1])
    figure.suptitle(title)
    for i, name in enumerate(names):
        axes = figure.add_subplot(rows, columns, i + 1, xlabel=name, yticks=[])
        counts, real = (arrays[key][i][~np.isnan(arrays[key][i])] for key in ("counts", "real"))
        edges = arrays["edges"][i][~np.isnan(arrays["edges"][i])]
        axes.stairs(counts / max(counts.sum(), 1), edges, fill=True, color=SKY_BLUE, label="generated")
        axes.stairs(real / max(real.sum(), 1), edges, color=VERMILION, linewidth=1.5, label="real")
    figure.legend(*axes.get_legend_handles_labels(), loc="upper right", frameon=False, fontsize="small")
    return png_of(figure)


def series_picture(title: str, arrays: Mapping[str, Any]) -> bytes:
    """A PNG of generated windows beside held-out ones, one row a channel with the same axes.

    Args:
        title: what stands above it.
        arrays: `windows` [n, T, C], `real` [m, T, C], and the `names` [C] of the channels.
    """
    names = _names(arrays)
    figure = new_figure(2 * SIDE_INCHES, max(len(names) * CELL_INCHES[1], 2 * CELL_INCHES[1]))
    figure.suptitle(title)
    for channel, name in enumerate(names):
        low, high = arrays["real"][..., channel].min(), arrays["real"][..., channel].max()
        margin = MARGIN * (high - low) or 1.0
        for side, (key, colour, label) in enumerate((("windows", SKY_BLUE, "generated"), ("real", VERMILION, "real"))):
            axes = figure.add_subplot(len(names), 2, 2 * channel + side + 1)
            axes.plot(arrays[key][..., channel].T, color=colour, linewidth=0.8)
            axes.set(ylim=(low - margin, high + margin), ylabel=name if side == 0 else "")
            if channel == 0:
                axes.set_title(label)
    return png_of(figure)


def _names(arrays: Mapping[str, Any]) -> list[str]:
    """The names of columns, as matplotlib shows them letter by letter."""
    return [one_line(name).replace("$", r"\$") for name in arrays["names"].tolist()]


for one in (
    Picture(name="scatter", summary="generated points over held-out ones", draw=scatter_picture),
    Picture(name="marginals", summary="a histogram of each column, generated and held-out", draw=marginals_picture),
    Picture(name="series", summary="generated windows beside held-out ones", draw=series_picture),
):
    register(one)
