"""Two cells of a column compared: the difference of their means, how sure it is, and how often one beats the other.

Tests and intervals of the difference of the means are Student's on the differences of equal seeds where runs of a seed
share their data order, and Welch's (1947) otherwise. An infinite value, that of a diverged run, leaves no mean to
compare, and values without spread, as counts often are, say nothing of their error; there, ranks decide (Mann and
Whitney 1947). The probability of beating (Bouthillier et al. 2021, arXiv:2103.03098) holds the difference against the
spread over seeds, whatever the number of seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from statistics import mean, stdev
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ganlab.results.statistics import ROUNDING, t_half_width

EXACT_RANKS_UP_TO = 10_000
"""Ranks are tested exactly if there are at most so many ways to deal the values out: up to 7 seeds against 7."""

Values = Mapping[int, float]
"""The values of a cell by seed: at least one, no NaN, infinite ones of one sign."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What a comparison of the values of two cells says.

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


def compare(first: Values, second: Values, better: Literal["lower", "higher"], paired: bool) -> Difference:
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
    if error <= ROUNDING * max(map(abs, [*first.values(), *second.values()])):
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


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjustment (1979) of `p_values`, in their order.

    Rejecting where the result is at most 0.05 keeps the chance of any false rejection below 5%.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


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
    return float(2 * stats.t.sf(abs(difference) / error, df))


def rank_test(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of the Mann-Whitney test, right with ties, which two diverged runs always are.

    Few values are dealt out in all ways, as scipy does too, which takes far longer for the many tests of a table.
    """
    if len({*first, *second}) == 1:
        return 1.0
    total = len(first) + len(second)
    if math.comb(total, len(first)) > EXACT_RANKS_UP_TO:
        return float(stats.mannwhitneyu(first, second, method="asymptotic").pvalue)
    ranks = stats.rankdata([*first, *second])
    sums = ranks[_deals(total, len(first))].sum(axis=1)
    seen = ranks[: len(first)].sum()
    return min(1.0, 2 * float(min(np.mean(sums <= seen), np.mean(sums >= seen))))


@cache
def _deals(total: int, hand: int) -> NDArray[np.intp]:
    """All ways to choose `hand` of `total` things, a row each, in places from 0 on."""
    return np.array(list(combinations(range(total), hand)))


def probability_of_beating(first: Values, second: Values, better: Literal["lower", "higher"]) -> float:
    """The share of pairs of a run of each cell in which that of the first is better, a tie counting half."""
    sign = -1 if better == "lower" else 1
    pairs = [(sign * one, sign * other) for one in first.values() for other in second.values()]
    return sum((one > other) + (one == other) / 2 for one, other in pairs) / len(pairs)
