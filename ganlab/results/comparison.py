"""The comparison of two cells of a column: the difference of their means, its uncertainty, and how often one is better.

Tests and intervals of the difference of the means are Student's on the differences of equal seeds where runs of a seed
share their data order, and Welch's (1947) otherwise. An infinite value, that of a diverged run, leaves no mean to
compare; values without spread give no standard error; and for counts with few distinct values, t-tests exceed their
level. There, ranks decide (Mann and Whitney 1947). The probability of beating (Bouthillier et al. 2021,
arXiv:2103.03098) relates the difference to the spread over seeds and does not depend on the number of seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from ganlab.record.summary import Better
from ganlab.results.statistics import ROUNDING, t_half_width

EXACT_RANKS_UP_TO = 100
"""Up to this many values of both cells together, ranks are tested exactly; beyond, by the normal approximation."""

Values = Mapping[int, float]
"""The values of a cell by seed: at least one, no NaN, infinite ones of one sign."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The result of comparing the values of two cells.

    Attributes:
        paired: whether the differences of equal seeds were tested.
        difference: the mean of the first minus the mean of the second; None where it is not finite.
        ci95: the 95% interval of `difference`; None without one, and where no t-test was made.
        p: two-sided; 1 where no test is possible, because a cell has a single value.
        probability: that a run of the first beats a run of the second, a tie counting half.
    """

    paired: bool
    test: Literal["paired t", "Welch t", "Mann-Whitney", "none"]
    difference: float | None
    ci95: tuple[float, float] | None
    p: float
    probability: float

    @property
    def tested(self) -> bool:
        """Whether a test was possible."""
        return self.test != "none"


def compare(first: Values, second: Values, better: Better, paired: bool) -> Difference:
    """How two cells differ.

    Args:
        paired: whether runs of a seed share their data order. The cells are compared as pairs then if they have the
            same seeds; otherwise as independent samples, so that no value is dropped.
    """
    difference = mean(first.values()) - mean(second.values())
    probability = probability_of_beating(first, second, better)
    finite = math.isfinite(difference)
    if min(len(first), len(second)) < 2:
        known = difference if finite else None
        return Difference(paired=False, test="none", difference=known, ci95=None, p=1.0, probability=probability)
    error, df = standard_error(spreads(first, second, paired)) if finite else (0.0, 0.0)
    if is_rounding(error, first, second) or are_counts(first, second):
        p = rank_test(list(first.values()), list(second.values()))
        known = difference if finite else None
        return Difference(paired=False, test="Mann-Whitney", difference=known, ci95=None, p=p, probability=probability)
    half_width = t_half_width(error, df)
    as_pairs = are_pairs(first, second, paired)
    return Difference(
        paired=as_pairs,
        test="paired t" if as_pairs else "Welch t",
        difference=difference,
        ci95=(difference - half_width, difference + half_width),
        p=t_test(difference, error, df),
        probability=probability,
    )


def is_rounding(error: float, first: Values, second: Values) -> bool:
    """Whether a standard error is no larger than the rounding of the values."""
    return error <= ROUNDING * max(map(abs, [*first.values(), *second.values()]))


def are_counts(first: Values, second: Values) -> bool:
    """Whether both cells together have at most half as many different values as they have values.

    Of two cells of 8 seeds whose values are 0 or 1 with equal probability, Welch's test rejects 7.5%.
    """
    values = [*first.values(), *second.values()]
    return 2 * len({*values}) <= len(values)


def are_apart(first: Values, second: Values) -> bool:
    """Whether all values of one cell are below all of the other."""
    return max(first.values()) < min(second.values()) or max(second.values()) < min(first.values())


def are_pairs(first: Values, second: Values, paired: bool) -> bool:
    """Whether every value has its partner, given that runs of a seed are pairs at all."""
    return paired and first.keys() == second.keys()


def spreads(first: Values, second: Values, paired: bool) -> list[tuple[float, int]]:
    """Standard deviation and number of what is averaged: of the differences of pairs, or of each cell's values."""
    if are_pairs(first, second, paired):
        return [(stdev(first[seed] - second[seed] for seed in first), len(first))]
    return [(stdev(cell.values()), len(cell)) for cell in (first, second)]


def standard_error(spreads: Sequence[tuple[float, int]]) -> tuple[float, float]:
    """The standard error of a sum of independent means, and its degrees of freedom (Welch and Satterthwaite).

    Args:
        spreads: the standard deviation and the number of values, at least two, behind each mean.
    """
    errors = [sd / math.sqrt(n) for sd, n in spreads]
    total = math.hypot(*errors)
    if total == 0:
        return 0.0, sum(n - 1 for _, n in spreads)
    return total, 1 / sum((error / total) ** 4 / (n - 1) for error, (_, n) in zip(errors, spreads, strict=True))


def t_test(difference: float, error: float, df: float) -> float:
    """The two-sided p-value of a difference with a standard error of `df` degrees of freedom."""
    return float(2 * special.stdtr(df, -abs(difference) / error))


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of the Mann-Whitney test, right with ties, which two diverged runs always are.

    scipy tests exactly only where there are no ties.
    """
    if len({*first, *second}) == 1:
        return 1.0
    if len(first) + len(second) > EXACT_RANKS_UP_TO:
        return float(stats.mannwhitneyu(first, second, method="asymptotic").pvalue)
    doubled = np.rint(2 * stats.rankdata([*first, *second])).astype(int)  # ties share their mean rank, a half at least
    ways = _ways_to_sum(doubled, len(first))
    seen = doubled[: len(first)].sum()
    return min(1.0, 2 * float(min(ways[: seen + 1].sum(), ways[seen:].sum()) / ways.sum()))


def _ways_to_sum(numbers: NDArray[np.int_], count: int) -> NDArray[np.float64]:
    """In how many ways `count` of the `numbers` add up to 0, 1, ..., their total (Streitberg and Röhmel 1986)."""
    ways = np.zeros((count + 1, numbers.sum() + 1))
    ways[0, 0] = 1
    for number in numbers:
        ways[1:, number:] += ways[:-1, :-number]
    return np.asarray(ways[count])


def probability_of_beating(first: Values, second: Values, better: Better) -> float:
    """The share of pairs of a run of each cell in which that of the first is better, a tie counting half."""
    ascending = np.sort(list(second.values()))
    below, up_to = (np.searchsorted(ascending, list(first.values()), side=side).sum() for side in ("left", "right"))
    higher, pairs = (below + up_to) / 2, len(first) * len(second)
    return float((higher if better == "higher" else pairs - higher) / pairs)
