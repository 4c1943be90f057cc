"""How rows of a table are distinguished in figures: by colour, by line style and by marker, each sufficient alone.

The colours are those of Okabe and Ito (2008, "Color universal design"), which colour-blind people can tell apart; their
yellow is left out, for it is too faint for a line on white. The first four also differ in lightness, and so in print
without colour.
"""

from __future__ import annotations

from dataclasses import dataclass

from ganlab.results.table import Table

BLUE, ORANGE, BLACK, GREEN = "#0072B2", "#E69F00", "#000000", "#009E73"
VERMILION, SKY_BLUE, PURPLE = "#D55E00", "#56B4E9", "#CC79A7"

COLOURS = (BLUE, ORANGE, BLACK, GREEN, VERMILION, SKY_BLUE, PURPLE)
DASHES: tuple[tuple[float, ...], ...] = ((), (5, 1.5), (1.2, 1.2), (5, 1.5, 1.2, 1.5))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "*", ">", "p", "d")


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one row is drawn.

    Attributes:
        colour: as ``#RRGGBB``.
        dashes: lengths of strokes and gaps in turn, in widths of the line; empty for a solid line.
        marker: by its name in matplotlib.
    """

    colour: str
    dashes: tuple[float, ...]
    marker: str


def style_of(index: int) -> Style:
    """The style of the row with this `index`, from 0. Two rows share colour and dashes only from 28 rows on."""
    return Style(
        colour=COLOURS[index % len(COLOURS)],
        dashes=DASHES[index % len(DASHES)],
        marker=MARKERS[index % len(MARKERS)],
    )


def styles_of(table: Table) -> dict[str, Style]:
    """The style of each row by its label, the same on all data sets."""
    labels = dict.fromkeys(row.label for row in table.rows)
    return {label: style_of(index) for index, label in enumerate(labels)}
