"""What the panels of all figures have in common."""

from __future__ import annotations

import re
from textwrap import TextWrapper
from typing import Any

from matplotlib.axes import Axes

from ganlab.results.columns import Column
from ganlab.results.rendering.grid import ARROWS
from ganlab.results.table import Table

SMALL = 6
LONGEST_LINE = 28

FLOOR: dict[str, Any] = {"color": "0.35", "linewidth": 0.6, "linestyle": (0, (5, 3)), "zorder": 1}
"""The line of the floor, in matplotlib's terms."""

CROSS: dict[str, Any] = {"marker": "x", "markersize": 4, "markeredgewidth": 1.1, "linestyle": "none", "clip_on": False}
"""The mark at the edge of a panel of what is infinite, in matplotlib's terms."""


def title_of(dataset: str, table: Table) -> str:
    """What stands above a panel: the data set, if there are several."""
    return shown(dataset) if len(table.datasets) > 1 else ""


def name_of(column: Column) -> str:
    """What stands along the axis of a metric: its name, and which way is better."""
    return f"{column.name} {ARROWS[column.better]}"


def write(axes: Axes, text: str, place: tuple[float, float], offset: tuple[float, float], **options: Any) -> None:
    """Small text in a panel, `offset` points from a `place`."""
    axes.annotate(text, place, xytext=offset, textcoords="offset points", fontsize=SMALL, **options)


def shown(text: str) -> str:
    """A name from the sweep as matplotlib shows it letter by letter, in lines that leave room for the panel."""
    return _NameWrapper(LONGEST_LINE).fill(text).replace("$", r"\$")


class _NameWrapper(TextWrapper):
    """Breaks lines after underscores too, and at hyphens between words alone: 1e-4 stays whole."""

    wordsep_re = re.compile(r"(\s+|\S*?(?:_|-(?=[A-Za-z])))")
