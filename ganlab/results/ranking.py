"""Which rows of a table can be told apart: all pairs on the same data, adjusted for how many they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from ganlab.results.columns import Column
from ganlab.results.comparison import Difference, compare, holm
from ganlab.results.runs import Run, share_data_order
from ganlab.results.statistics import SIGNIFICANCE, describe

Mark = Literal["best", "tied"]
Values = Mapping[int, float]
"""The values of a cell, by seed."""


@dataclass(frozen=True, kw_only=True)
class Entrant:
    """A row as it enters a contest: one of its runs, for what its runs share, and its values."""

    run: Run
    values: Values


@dataclass(frozen=True, kw_only=True)
class Contest:
    """All rows that have values in `column` on `dataset`, by label."""

    dataset: str
    column: Column
    entrants: Mapping[str, Entrant]

    def ranked(self) -> list[str]:
        """The labels from the best mean to the worst.

        Those without a finite mean come last, by their medians, and then by the share of their infinite values.
        """
        return sorted(
            self.entrants,
            key=lambda label: _by_mean(list(self.entrants[label].values.values())),
            reverse=self.column.better == "higher",
        )


def _by_mean(values: Sequence[float]) -> tuple[float, float, float]:
    """Sorts `values` of cells."""
    statistics = describe(values)
    infinite = math.fsum(math.copysign(1, value) for value in values if math.isinf(value))
    return statistics.mean, statistics.median, infinite / len(values)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two rows on one data set held against each other by one column.

    Attributes:
        p_holm: the p-value of `difference`, adjusted for all comparisons of the table that can be tested.
    """

    dataset: str
    column: str
    first: str
    second: str
    difference: Difference
    p_holm: float

    @property
    def distinguishable(self) -> bool:
        """Whether `first`, the row of the better mean, can be told from `second` as the better one."""
        return self.p_holm <= SIGNIFICANCE and not self.ranks_disagree

    @property
    def ranks_disagree(self) -> bool:
        """Whether ranks are tested and favour `second`: its mean is worse for a few diverged runs, most others not."""
        return self.difference.test == "Mann-Whitney" and self.difference.probability < 0.5


def compare_all(contests: Sequence[Contest]) -> tuple[Comparison, ...]:
    """All pairs of each contest, better row first; Holm's adjustment is over all that can be tested together."""
    pairs = [(contest, first, second) for contest in contests for first, second in combinations(contest.ranked(), 2)]
    differences = [_difference(contest, first, second) for contest, first, second in pairs]
    adjusted = iter(holm([difference.p for difference in differences if difference.tested]))
    return tuple(
        Comparison(
            dataset=contest.dataset,
            column=contest.column.name,
            first=first,
            second=second,
            difference=difference,
            p_holm=next(adjusted) if difference.tested else 1.0,
        )
        for (contest, first, second), difference in zip(pairs, differences, strict=True)
    )


def _difference(contest: Contest, first: str, second: str) -> Difference:
    one, other = contest.entrants[first], contest.entrants[second]
    paired = share_data_order(one.run, other.run)
    return compare(one.values, other.values, contest.column.better, paired)


def marks(contest: Contest, comparisons: Sequence[Comparison]) -> dict[str, Mark]:
    """``best`` for the best row if it can be told from all others; else ``tied`` for it and those like it.

    One row alone is not the best of anything.
    """
    ranked = contest.ranked()
    if len(ranked) < 2:
        return {}
    best = ranked[0]
    alike: list[str] = [
        comparison.second
        for comparison in comparisons
        if (comparison.dataset, comparison.column) == (contest.dataset, contest.column.name)
        and comparison.first == best
        and not comparison.distinguishable
    ]
    if alike:
        return dict.fromkeys((best, *alike), "tied")
    return {best: "best"}
