"""A table in GitHub's Markdown, padded so that it reads in a terminal too."""

from __future__ import annotations

import re

from ganlab.results.rendering.grid import Grid, Line, Style, grid
from ganlab.results.rendering.notes import AGAIN, notes, run_ids
from ganlab.results.rendering.numbers import Rounded
from ganlab.results.table import Table


def as_markdown(table: Table) -> str:
    """The table, its footnotes, and the ids of its runs."""
    lines = [
        *_aligned(grid(table, Style(text=_entry, number=_number))),
        "",
        *(f"- {_prose(note)}" for note in notes(table)),
        f"- {AGAIN} The runs:",
        *(f"  - {_prose(ids)}" for ids in run_ids(table)),
    ]
    return "\n".join(lines)


def _aligned(grid: Grid) -> list[str]:
    """Words to the left, numbers to the right, every column as wide as its widest entry."""
    lines = [grid.header, *(line for block in grid.blocks for line in block)]
    widths = [max(2, *map(len, entries)) for entries in zip(*lines, strict=True)]
    rule = ["-" * width if i < grid.words else "-" * (width - 1) + ":" for i, width in enumerate(widths)]

    def padded(line: Line) -> Line:
        pairs = enumerate(zip(line, widths, strict=True))
        return [entry.ljust(width) if i < grid.words else entry.rjust(width) for i, (entry, width) in pairs]

    return [f"| {' | '.join(line)} |" for line in (padded(grid.header), rule, *map(padded, lines[1:]))]


def _number(number: Rounded, best: bool) -> str:
    text = number.mean if number.half_width is None else f"{number.mean} ± {number.half_width}"
    text = text if number.median is None else f"{text} ({number.median})"
    return f"**{text}**" if best else text


def _prose(text: str) -> str:
    """`text` with the characters escaped that would begin emphasis or HTML."""
    return re.sub(r"([<*])", r"\\\1", text)


def _entry(text: str) -> str:
    return _prose(text).replace("|", "\\|")
