"""The sheet that panels stand on: its size, its type, its legend, and the file made of it."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_params_from_file
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

STYLE = rc_params_from_file(Path(__file__).with_name("paper.mplstyle"), use_default_template=False)

ONE_COLUMN, TWO_COLUMNS = 3.4, 6.8
"""Widths of a paper's columns, in inches."""

MOST_COLUMNS = 3
NOTEBOOK_DPI = 150

FORMATS: dict[str, dict[str, Any]] = {
    "pdf": {"metadata": {"CreationDate": None}},  # without a date, so that equal figures have equal bytes
    "svg": {"metadata": {"Date": None}},
    "png": {"dpi": 300},
}
"""What a figure can be saved as, and how matplotlib is to do it."""


class Sheet(Figure):
    """A figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        file = io.BytesIO()
        self.savefig(file, format="png", dpi=NOTEBOOK_DPI)
        return file.getvalue()


def new_sheet(panels: int, metrics: int, panel_height: float) -> tuple[Figure, list[Axes]]:
    """An empty figure with so many panels, one metric a column if they fit, `panel_height` inches each."""
    columns = metrics if 1 < metrics <= MOST_COLUMNS else MOST_COLUMNS
    columns = min(columns, panels)
    lines = math.ceil(panels / columns)
    width = ONE_COLUMN if columns == 1 else TWO_COLUMNS
    figure = Sheet(figsize=(width, lines * panel_height), layout="constrained")
    all_axes = [figure.add_subplot(lines, columns, 1 + panel) for panel in range(panels)]
    figure.align_labels()
    return figure, all_axes


def add_legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Give `figure` a legend below its panels, in as few lines as fit. It grows by the legend's height."""
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib gives it no types
    for lines in range(1, len(handles) + 1):
        columns = math.ceil(len(handles) / lines)
        legend = figure.legend(handles=handles, loc="outside lower center", ncols=columns, frameon=False)
        size = legend.get_window_extent(canvas.get_renderer())
        if size.width <= figure.bbox.width or columns == 1:
            break
        legend.remove()
    figure.set_figheight(figure.get_figheight() + size.height / figure.dpi)


def to_bytes(figure: Figure, format: str) -> bytes:
    """`figure` as a file in one of the `FORMATS`."""
    file = io.BytesIO()
    figure.savefig(file, format=format, **FORMATS[format])
    return file.getvalue()
