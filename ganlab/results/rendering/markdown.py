"""A table in GitHub's Markdown, padded so that it reads in a terminal too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ganlab.results.published import Published
from ganlab.results.ranking import Mark
from ganlab.results.rendering.grid import TIED, Grid, Line, Style, grid
from ganlab.results.rendering.notes import AGAIN, notes, run_ids
from ganlab.results.rendering.numbers import Rounded
from ganlab.results.rendering.published import NOTHING_PUBLISHED, TITLE, published_grid, published_notes
from ganlab.results.rendering.search import TITLE as SEARCH_TITLE
from ganlab.results.rendering.search import search_grid
from ganlab.results.table import Table
from ganlab.text import one_line


def as_markdown(table: Table, published: Sequence[Published] | None = None) -> str:
    """The table, its footnotes, the ids of its runs, and what is published, unless that is None."""
    style = Style(text=_entry, number=_number)
    lines = [
        *_aligned(grid(table, style)),
        "",
        *(f"- {_prose(note)}" for note in notes(table)),
        f"- {AGAIN} The runs:",
        *(f"  - {_prose(ids)}" for ids in run_ids(table)),
        *(["", SEARCH_TITLE, "", *_aligned(searched)] if (searched := search_grid(table, style)) else []),
        *(["", *_published(published, table, style)] if published is not None else []),
    ]
    return "\n".join(lines)


def _published(published: Sequence[Published], table: Table, style: Style) -> list[str]:
    """The second table."""
    if not published:
        return [NOTHING_PUBLISHED]
    lines = _aligned(published_grid(published, table, style))
    return [TITLE, "", *lines, "", *(f"- {_prose(note)}" for note in published_notes(published))]


def _aligned(grid: Grid) -> list[str]:
    """Words to the left, numbers to the right, every column as wide as its widest entry; sentences are not padded."""
    lines = [grid.header, *(line for block in grid.blocks for line in (*block.lines, *block.ends))]
    widths = [max(2, *map(len, entries)) for entries in zip(*lines, strict=True)]
    if grid.sentences:
        widths[-1] = 3
    columns = list(zip(widths, grid.words, strict=True))
    rule = ["-" * width if words else "-" * (width - 1) + ":" for width, words in columns]

    def padded(line: Line) -> Line:
        return [
            entry.ljust(width) if words else entry.rjust(width)
            for entry, (width, words) in zip(line, columns, strict=True)
        ]

    return [f"| {' | '.join(line)} |" for line in (padded(grid.header), rule, *map(padded, lines[1:]))]


def _number(number: Rounded, mark: Mark | None) -> str:
    text = number.mean if number.half_width is None else f"{number.mean} ± {number.half_width}"
    text = text if number.beside is None else f"{text} ({number.beside})"
    return {"best": f"**{text}**", "tied": f"{text} {TIED}", None: text}[mark]


def _prose(text: str) -> str:
    """`text` on one line, with the characters escaped that would begin emphasis or HTML, or make a link."""
    return re.sub(r"([*]|<(?=[a-zA-Z/!?])|(?<=\])[(\[])", r"\\\1", one_line(text))


def _entry(text: str) -> str:
    return re.sub(r"([|`])", r"\\\1", _prose(text))
