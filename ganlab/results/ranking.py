"""Which rows of a table are distinguishable, and which of them is the best of its column.

A row is called the best if a two-sided test at 5% distinguishes it from each of the others on the same data. All of
these must reject, so their number needs no correction (intersection-union test, Berger 1982, doi:10.2307/1267823): a
column in which no row is better than all others gets a best one with a probability of at most 5%. Columns are separate
claims, and are not corrected for each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import mean, median
from typing import Literal

from ganlab.results.columns import Column
from ganlab.results.comparison import Difference, compare
from ganlab.results.runs import Run, share_data_order
from ganlab.results.statistics import SIGNIFICANCE

Mark = Literal["best", "tied"]
Values = Mapping[int, float]
"""The values of a cell, by seed."""


@dataclass(frozen=True, kw_only=True)
class RowValues:
    """One row's values in a column, and one of its runs, for what all its runs share."""

    run: Run
    values: Values


@dataclass(frozen=True, kw_only=True)
class ColumnValues:
    """All rows that have values in `column` on `dataset`, by label."""

    dataset: str
    column: Column
    rows: Mapping[str, RowValues]

    def ranked(self) -> list[str]:
        """The labels from the best mean to the worst.

        Those without a finite mean come last, by their medians, and then by the share of their infinite values.
        """
        return sorted(
            self.rows,
            key=lambda label: _by_mean(list(self.rows[label].values.values())),
            reverse=self.column.better == "higher",
        )


def _by_mean(values: Sequence[float]) -> tuple[float, float, float]:
    """Sorts `values` of cells."""
    infinite = math.fsum(math.copysign(1, value) for value in values if math.isinf(value))
    return mean(values), median(values), infinite / len(values)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two rows on one data set, compared by one column."""

    dataset: str
    column: str
    first: str
    second: str
    difference: Difference

    @property
    def distinguishable(self) -> bool:
        """Whether `first`, the row of the better mean, is significantly better than `second`."""
        return self.difference.p <= SIGNIFICANCE and not self.ranks_disagree

    @property
    def ranks_disagree(self) -> bool:
        """Whether ranks are tested and favour `second`: its mean is worse for a few diverged runs, most others not."""
        return self.difference.test == "Mann-Whitney" and self.difference.probability < 0.5


def compare_all(columns: Sequence[ColumnValues]) -> tuple[Comparison, ...]:
    """All pairs of rows of each column, better row first."""
    return tuple(
        Comparison(
            dataset=one.dataset,
            column=one.column.name,
            first=first,
            second=second,
            difference=_difference(one.rows[first], one.rows[second], one.column),
        )
        for one in columns
        for first, second in combinations(one.ranked(), 2)
    )


def _difference(one: RowValues, other: RowValues, column: Column) -> Difference:
    return compare(one.values, other.values, column.better, share_data_order(one.run, other.run))


def with_the_best(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Of the results of `compare_all`, those of the best row of each column and data set."""
    best: dict[tuple[str, str], str] = {}
    return [one for one in comparisons if one.first == best.setdefault((one.dataset, one.column), one.first)]


def marks(values: ColumnValues, comparisons: Sequence[Comparison]) -> dict[str, Mark]:
    """``best`` for the best row if it is distinguishable from all others; else ``tied`` for it and those that are not.

    A single row gets no mark.
    """
    ranked = values.ranked()
    if len(ranked) < 2:
        return {}
    best = ranked[0]
    indistinguishable: list[str] = [
        comparison.second
        for comparison in comparisons
        if (comparison.dataset, comparison.column) == (values.dataset, values.column.name)
        and comparison.first == best
        and not comparison.distinguishable
    ]
    if indistinguishable:
        return dict.fromkeys((best, *indistinguishable), "tied")
    return {best: "best"}
