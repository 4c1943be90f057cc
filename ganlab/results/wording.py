"""Text made from records: lists, counts, options, and differences between rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ganlab.results.runs import split_of
from ganlab.results.table import Row, Table

MANY_ROWS = 4
"""From so many rows on, the largest group of them is called the others."""


def listed(words: Iterable[str]) -> str:
    """``a, b and c``; empty without words."""
    *first, last = list(words) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def integers(numbers: Sequence[int]) -> str:
    """``0 to 4``, or ``0, 3 and 5``."""
    ordered = sorted(numbers)
    if len(ordered) > 2 and all(second == first + 1 for first, second in pairwise(ordered)):
        return f"{ordered[0]} to {ordered[-1]}"
    return listed(map(str, ordered))


def value(thing: Any) -> str:
    """An option's value as one would write it."""
    if isinstance(thing, bool):
        return "yes" if thing else "no"
    if isinstance(thing, float):
        return f"{thing:g}"
    if isinstance(thing, list):
        widths = all(isinstance(one, int) for one in thing)
        return "-".join(map(value, thing)) if widths else f"({', '.join(map(value, thing))})"
    return str(thing)


def options(choices: Mapping[str, Any]) -> str:
    """``width 32, flips no``; what is not set is left out."""
    return ", ".join(f"{name.replace('_', ' ')} {value(thing)}" for name, thing in choices.items() if thing is not None)


def name_of(row: Row, table: Table) -> str:
    """The row's label, with its data set where there are several."""
    return f"{row.label} on {row.dataset}" if len(table.datasets) > 1 else row.label


def confirmatory_in(table: Table) -> list[str]:
    """The columns of primary metrics, each with its data sets where these have several or some lack it."""
    names = {column.name for column in table.columns}
    on: dict[str, list[str]] = {}
    for dataset, protocol in table.protocols.items():
        if protocol.primary in names:
            on.setdefault(protocol.primary, []).append(dataset)
    return [name if len(some) == len(table.protocols) else f"{name} on {listed(some)}" for name, some in on.items()]


def splits_of(table: Table) -> dict[str, int | str]:
    """How the values of each data set that is split are held out, as `split_of` says."""
    specs = {row.dataset: row.spec for row in table.rows}
    splits = {dataset: split_of(spec) for dataset, spec in specs.items()}
    return {dataset: split for dataset, split in splits.items() if split is not None}


def by_row(table: Table, phrase: Callable[[Row], str]) -> str:
    """What `phrase` says of all rows; where they differ, each of its phrases and the rows of which it is said."""
    rows: dict[str, list[Row]] = {}
    for row in table.rows:
        rows.setdefault(phrase(row), []).append(row)
    *rarer, (usual, most) = sorted(rows.items(), key=lambda item: len(item[1]))
    if not rarer:
        return usual
    rest = _rows_in_words(most, table)
    parts = [f"{said} {_rows_in_words(group, table)}" for said, group in rarer]
    return "; ".join(
        [*parts, f"{usual} {rest if len(most) < MANY_ROWS or rest.startswith('on') else 'for the others'}"]
    )


def _rows_in_words(rows: Sequence[Row], table: Table) -> str:
    """``on`` the data sets of which these are all rows, or ``for`` the labels, or ``for`` each of the rows."""
    datasets = dict.fromkeys(row.dataset for row in rows)
    if len(rows) == sum(row.dataset in datasets for row in table.rows):
        return f"on {listed(datasets)}"
    labels = dict.fromkeys(row.label for row in rows)
    if len(rows) == sum(row.label in labels for row in table.rows):
        return f"for {listed(labels)}"
    return f"for {listed(name_of(row, table) for row in rows)}"
