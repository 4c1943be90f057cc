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


def compare_rows(dataset: str, column: Column, rows: Mapping[str, RowValues]) -> list[Comparison]:
    """All pairs of `rows`, by label, that have values in `column` on `dataset`, from the best mean to the worst.

    Those without a finite mean come last, by their medians, and then by the share of their infinite values.
    """
    ranked = sorted(
        rows, key=lambda label: _by_mean(list(rows[label].values.values())), reverse=column.better == "higher"
    )
    return [
        Comparison(
            dataset=dataset,
            column=column.name,
            first=first,
            second=second,
            difference=_difference(rows[first], rows[second], column),
        )
        for first, second in combinations(ranked, 2)
    ]


def _by_mean(values: Sequence[float]) -> tuple[float, float, float]:
    """Sorts `values` of cells."""
    infinite = math.fsum(math.copysign(1, value) for value in values if math.isinf(value))
    return mean(values), median(values), infinite / len(values)


def _difference(one: RowValues, other: RowValues, column: Column) -> Difference:
    return compare(one.values, other.values, column.better, share_data_order(one.run, other.run))


def with_the_best(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Of the results of `compare_rows`, those of the best row of each column and data set."""
    best: dict[tuple[str, str], str] = {}
    return [one for one in comparisons if one.first == best.setdefault((one.dataset, one.column), one.first)]


def marks(comparisons: Sequence[Comparison]) -> dict[str, Mark]:
    """``best`` for the best row if it is distinguishable from all others; else ``tied`` for it and those that are not.

    A single row gets no mark.

    Args:
        comparisons: of all rows of one column on one data set.
    """
    of_the_best = with_the_best(comparisons)
    if not of_the_best:
        return {}
    best = of_the_best[0].first
    indistinguishable = [one.second for one in of_the_best if not one.distinguishable]
    return dict.fromkeys((best, *indistinguishable), "tied") if indistinguishable else {best: "best"}
