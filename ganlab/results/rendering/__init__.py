"""A benchmark table as text, in the format a user names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ganlab.errors import InputError
from ganlab.registry import did_you_mean
from ganlab.results.published import Published
from ganlab.results.rendering.flat import as_csv, as_json
from ganlab.results.rendering.latex import as_latex
from ganlab.results.rendering.markdown import as_markdown
from ganlab.results.table import Table

FORMATS: dict[str, Callable[[Table, Sequence[Published] | None], str]] = {
    "md": as_markdown,
    "latex": as_latex,
    "csv": as_csv,
    "json": as_json,
}


def render(table: Table, format: str, published: Sequence[Published] | None = None) -> str:
    """`table` as lines of text, the last without a newline; `format` is one of `FORMATS`.

    `published` is what stands beside it, None for nothing.

    Raises:
        InputError: the format is unknown.
    """
    if format not in FORMATS:
        raise InputError(f"unknown table format '{format}'; {did_you_mean(format, FORMATS)}")
    return FORMATS[format](table, published)
