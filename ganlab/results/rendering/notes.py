"""The footnotes of a table: what its numbers are, how they were measured, and what does not follow."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from ganlab.results.columns import Best, Final
from ganlab.results.english import paragraphs
from ganlab.results.power import seeds_to_settle
from ganlab.results.ranking import Comparison, with_the_best
from ganlab.results.rendering.grid import with_iqm
from ganlab.results.runs import share_data_order
from ganlab.results.table import Cell, Row, Table
from ganlab.results.wording import confirmatory_in, name_of

FEW_SEEDS = 5
NEAR_LIMIT = 0.9
MOST_CLASSES = 20
"""At most so many classes are named: the first ones."""
TESTS = ("paired t", "Welch t", "Mann-Whitney", "none")
"""In this order they are told."""
AGAIN = "Again: `ganlab reproduce RUN_ID` retrains any one run and says whether it is bit-identical."


@dataclass(frozen=True)
class Needed:
    """How many seeds settle a comparison, in all and beside those that are there."""

    in_all: int
    more: int


def notes(table: Table) -> list[str]:
    """The footnotes in plain sentences, without markup."""
    with_best = with_the_best(table.comparisons)
    tests: Counter[str] = Counter(one.difference.test for one in with_best)
    values = [value for row in table.rows for cell in row.cells.values() for value in cell.values.values()]
    classes = _class_names(table)
    return paragraphs(
        "notes",
        table=table,
        several=len(table.datasets) > 1,
        with_iqm=with_iqm(table),
        steps=sorted({row.spec.steps for row in table.rows}),
        searches=[row.search for row in table.rows if row.search],
        searched_on={row.dataset for row in table.rows if row.search},
        budgets=sorted({row.search.budget if row.search else 0 for row in table.rows}),
        searched_alike=len({(row.dataset, _extent_of_search(row)) for row in table.rows}) == len(table.datasets),
        fewer_trials=[row for row in table.rows if row.search and row.search.missing],
        tests_of_the_best={test: tests[test] for test in TESTS if tests[test]},
        confirmatory=confirmatory_in(table),
        exploratory=sum(column.compared for column in table.columns) > 1,
        unsettled=_unsettled(with_best, table),
        infinite=sorted({str(value) for value in values if math.isinf(value)}),
        has_real=any(map(table.real, table.datasets)),
        has_floors=any(map(table.floors, table.datasets)),
        has_floor_errors=any(map(table.floor_errors, table.datasets)),
        diverged=table.diverged,
        class_names={dataset: list(enumerate(names))[:MOST_CLASSES] for dataset, names in classes.items()},
        more_classes={dataset: max(0, len(names) - MOST_CLASSES) for dataset, names in classes.items()},
        evaluated_every=sorted({row.spec.evaluation.every for row in table.rows}),
        near_limits=list(_near_limits(table)),
        top_pairs=[(pair, _needed(pair, table)) for pair in _top_pairs(table)],
        few=[row for row in table.rows if row.n < FEW_SEEDS],
    )


def _extent_of_search(row: Row) -> tuple[object, ...] | None:
    """How a row was searched, and how much; None where it was not."""
    search = row.search
    if search is None:
        return None
    how = (search.method, search.halving, search.metric, search.better)
    spent = search.spent if search.halving else None
    return (*how, search.asked, search.missing, search.budget, len(search.tune_seeds), spent)


def run_ids(table: Table) -> list[str]:
    """For each row its name and the ids of its runs, in the order of their seeds."""
    return [f"{name_of(row, table)}: {' '.join(row.runs.values())}" for row in table.rows]


def _unsettled(with_best: list[Comparison], table: Table) -> Counter[str]:
    """In how many columns each row is tied although it looks worse in every seed."""
    return Counter(
        f"{one.second} on {one.dataset}" if len(table.datasets) > 1 else one.second
        for one in with_best
        if one.difference.tested
        and one.difference.probability == 1
        and table.rows[table.positions[one.dataset, one.second]].cells[one.column].mark == "tied"
    )


def _class_names(table: Table) -> dict[str, tuple[str, ...]]:
    """The classes of each data set with conditional rows, where they have other names than their numbers."""
    datasets = dict.fromkeys(row.dataset for row in table.rows if row.spec.conditional)
    names = {dataset: table.protocols[dataset].class_names for dataset in datasets if dataset in table.protocols}
    return {dataset: some for dataset, some in names.items() if any(name != str(i) for i, name in enumerate(some))}


def _near_limits(table: Table) -> Iterator[tuple[str, float, list[tuple[Row, int]]]]:
    """Column, limit, and how many seeds of which rows are so near to it that the truth may be any larger."""
    for column in table.columns:
        for dataset, protocol in table.protocols.items():
            limit = protocol.limits.get(column.metric)
            if limit is None or not isinstance(column, Final | Best):
                continue
            rows = [row for row in table.rows if row.dataset == dataset]
            near = [(row, count) for row in rows if (count := _count_near(row.cells[column.name], limit))]
            if near:
                yield column.name, limit, near


def _count_near(cell: Cell, limit: float) -> int:
    return sum(NEAR_LIMIT * limit <= value < math.inf for value in cell.values.values())


def _top_pairs(table: Table) -> list[Comparison]:
    """The comparison of the best two rows of each data set by its first column."""
    return list({one.dataset: one for one in reversed(table.comparisons)}.values())[::-1]


def _needed(pair: Comparison, table: Table) -> Needed | None:
    """The seeds that would settle a comparison, or None where that is settled or cannot be said."""
    if pair.distinguishable or pair.ranks_disagree:
        return None
    one, other = (table.rows[table.positions[pair.dataset, label]] for label in (pair.first, pair.second))
    first, second = (row.cells[pair.column].values for row in (one, other))
    needed = seeds_to_settle(first, second, share_data_order(one.spec, other.spec))
    more = 0 if needed is None else needed - min(len(first), len(second))
    return Needed(in_all=needed, more=more) if needed is not None and more > 0 else None
