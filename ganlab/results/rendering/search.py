"""The search of a table's settings as a second table below the first, and as fields for programs."""

from __future__ import annotations

import json
from typing import Any

from ganlab.record.search import RowSearch
from ganlab.results.rendering.grid import NOTHING, Block, Grid, Style
from ganlab.results.rendering.numbers import Rounded, significant
from ganlab.results.search import best_of, counts
from ganlab.results.table import Row, Table

TITLE = (
    "How the settings were chosen. best of n: the expected score of the best of n trials on the tune seeds (its "
    "median), of n draws with replacement from the trials that are done (Dodge et al. 2019), inf where one diverged; "
    "by Optuna, the best of the first n. chosen: the score of the trial whose settings these are."
)


def search_grid(table: Table, style: Style) -> Grid | None:
    """A line for each row that was searched: the best of fewer trials, and the settings; None without any such row."""
    searched = [row.search for row in table.rows if row.search]
    if not searched:
        return None
    named = len(table.datasets) > 1
    all_counts = sorted({count for search in searched for count in counts(search)})

    def line(row: Row, search: RowSearch) -> list[str]:
        return [
            *([style.text(row.dataset)] if named else []),
            style.text(row.label),
            *(_best(search, count, style) for count in all_counts),
            style.number(Rounded(significant(search.score(search.best))), None),
            style.text(search.best.settings_in_words),
        ]

    blocks = [
        Block(lines=[line(row, row.search) for row in table.rows if row.dataset == dataset and row.search], ends=[])
        for dataset in table.datasets
    ]
    names = [*(["data"] if named else []), "variant"]
    numbers = [*(f"best of {count}" for count in all_counts), "chosen"]
    return Grid(
        [style.text(name) for name in (*names, *numbers, "settings")],
        [block for block in blocks if block.lines],
        words=[True] * len(names) + [False] * len(numbers) + [True],
        sentences=True,
    )


def search_fields(search: RowSearch | None) -> dict[str, Any] | None:
    """For programs: how a row's settings were chosen, at full precision; None where they were not searched."""
    if search is None:
        return None
    return {
        "method": search.method,
        "halving": search.halving,
        "trials": search.asked,
        "trials_done": search.asked - search.missing,
        "budget": search.budget,
        "spent": search.spent,
        "tune_seeds": list(search.tune_seeds),
        "metric": search.metric,
        "chosen": search.chosen,
        "settings": dict(search.best.settings),
        "score": search.score(search.best),
        "best_of": [vars(best_of(search, count)) for count in counts(search)],
    }


def search_line(search: RowSearch | None) -> dict[str, Any]:
    """The fields of a line of CSV."""
    fields = search_fields(search) or {}
    names = ("trials", "trials_done", "budget", "chosen", "score")
    settings = json.dumps(fields["settings"]) if fields else None
    return {f"search_{name}": fields.get(name) for name in names} | {"search_settings": settings}


def _best(search: RowSearch, count: int, style: Style) -> str:
    """The expected best, and where trials are independent its median."""
    if count > counts(search)[-1]:
        return style.text(NOTHING)
    best = best_of(search, count)
    beside = significant(best.median) if best.low is not None else None
    return style.number(Rounded(significant(best.expected), None, beside), None)
