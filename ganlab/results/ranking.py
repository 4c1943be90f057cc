"""Which row of a column is the best, and where that cannot be said, which rows could be.

A row is called the best if a two-sided test at 5% distinguishes it from each of the others on the same data. All of
these must reject, so their number needs no correction (intersection-union test, Berger 1982, doi:10.2307/1267823): a
column in which no row is better than all others gets a best one with a probability of at most 5%.

Elsewhere, the rows that could be best are marked: the one of the best mean, and all that it does not beat. These are
one family of comparisons with the best (Hsu 1984, "Constrained simultaneous confidence intervals for multiple
comparisons with the best", Annals of Statistics 12), one-sided, and adjusted for their number by Holm's method, which
holds for any spreads and pairs: a row that is truly best lacks a mark with a probability of at most 5%. Columns are
separate claims, and are not corrected for each other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import mean, median
from typing import Literal

import numpy as np

from ganlab.results.columns import Column
from ganlab.results.comparison import Difference, Values, compare
from ganlab.results.runs import Run, share_data_order
from ganlab.results.statistics import SIGNIFICANCE

Mark = Literal["best", "tied"]


@dataclass(frozen=True, kw_only=True)
class RowValues:
    """One row's values in a column, and one of its runs, for what all its runs share."""

    run: Run
    values: Values


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two rows on one data set, compared by one column.

    Attributes:
        first: the row of the better mean.
        adjusted_p: of the row of the best mean with another one: one-sided, adjusted for the number of these.
    """

    dataset: str
    column: str
    first: str
    second: str
    difference: Difference
    adjusted_p: float | None = None

    @property
    def distinguishable(self) -> bool:
        """Whether `first`, the row of the better mean, is significantly better than `second`, of this pair alone."""
        return self.difference.p <= SIGNIFICANCE and not self.ranks_disagree

    @property
    def excluded(self) -> bool:
        """Whether `second` could not be the best row, of a comparison with the row of the best mean."""
        return self.distinguishable and self.adjusted_p is not None and self.adjusted_p <= SIGNIFICANCE

    @property
    def one_sided_p(self) -> float:
        """The p-value against `first` being better."""
        return 1 - self.difference.p / 2 if self.ranks_disagree else self.difference.p / 2

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
    pairs = [
        Comparison(
            dataset=dataset,
            column=column.name,
            first=first,
            second=second,
            difference=_difference(rows[first], rows[second], column),
        )
        for first, second in combinations(ranked, 2)
    ]
    of_the_best, others = pairs[: len(ranked) - 1], pairs[len(ranked) - 1 :]
    adjusted = holm([one.one_sided_p for one in of_the_best])
    return [*(replace(one, adjusted_p=p) for one, p in zip(of_the_best, adjusted, strict=True)), *others]


def holm(p_values: Sequence[float]) -> list[float]:
    """`p_values` adjusted by Holm (1979, "A simple sequentially rejective multiple test procedure").

    As statsmodels does it, whose import would take a command more seconds than the whole table.
    """
    values = np.asarray(p_values)
    order = values.argsort()
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)).clip(max=1)
    return [float(p) for p in adjusted]


def _by_mean(values: Sequence[float]) -> tuple[float, float, float]:
    """Sorts `values` of cells."""
    infinite = math.fsum(math.copysign(1, value) for value in values if math.isinf(value))
    return mean(values), median(values), infinite / len(values)


def _difference(one: RowValues, other: RowValues, column: Column) -> Difference:
    return compare(one.values, other.values, column.better, share_data_order(one.run.spec, other.run.spec))


def with_the_best(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Of the results of `compare_rows`, those of the best row of each column and data set."""
    best: dict[tuple[str, str], str] = {}
    return [one for one in comparisons if one.first == best.setdefault((one.dataset, one.column), one.first)]


def marks(comparisons: Sequence[Comparison]) -> dict[str, Mark]:
    """``best`` for the best row if it is distinguishable from all others; else ``tied`` for all that could be best.

    A single row gets no mark.

    Args:
        comparisons: of all rows of one column on one data set.
    """
    of_the_best = with_the_best(comparisons)
    if not of_the_best:
        return {}
    best = of_the_best[0].first
    if all(one.distinguishable for one in of_the_best):
        return {best: "best"}
    return dict.fromkeys((best, *(one.second for one in of_the_best if not one.excluded)), "tied")
