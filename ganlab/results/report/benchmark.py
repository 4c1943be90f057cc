"""The benchmark table and its comparisons, in HTML: the same digits, marks and footnotes as `ganlab table` prints."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from ganlab.results.ranking import Comparison, Mark, with_the_best
from ganlab.results.rendering.grid import TIED, Grid, Line, Style, grid
from ganlab.results.rendering.numbers import Rounded, significant
from ganlab.results.table import Table

MOST_COMPARISONS = 600
"""Comparisons up to which all are shown; of more, those of each column's best row."""


def benchmark(table: Table) -> Grid:
    """`table` as cells of HTML."""
    return grid(table, Style(text=escape, number=_number))


def shown_comparisons(table: Table) -> Sequence[Comparison]:
    """All comparisons of `table`; of too many, those of the best row of each column and data set."""
    if len(table.comparisons) <= MOST_COMPARISONS:
        return table.comparisons
    return with_the_best(table.comparisons)


def comparison_line(comparison: Comparison) -> Line:
    """Difference, interval, p, adjusted p, probability and test as text."""
    found = comparison.difference
    return [
        "-" if found.difference is None else significant(found.difference),
        "-" if found.ci95 is None else f"[{', '.join(map(significant, found.ci95))}]",
        significant(found.p),
        "-" if comparison.adjusted_p is None else significant(comparison.adjusted_p),
        f"{found.probability:.2f}",
        found.test,
    ]


def _number(number: Rounded, mark: Mark | None) -> Markup:
    interval = (
        "" if number.half_width is None else Markup(' <span class="interval">± {}</span>').format(number.half_width)
    )
    beside = "" if number.beside is None else Markup(' <span class="beside">({})</span>').format(number.beside)
    text = Markup("{}{}{}").format(number.mean, interval, beside)
    if mark == "best":
        return Markup("<strong>{}</strong>").format(text)
    return Markup("{} {}").format(text, TIED) if mark == "tied" else text
