"""How many seeds are needed to distinguish two cells."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from statistics import mean

from scipy import stats

from ganlab.results.comparison import Values, are_apart, are_counts, is_rounding, spreads, standard_error
from ganlab.results.statistics import SIGNIFICANCE

POWER = 0.8
MOST_SEEDS = 10_000
CERTAIN = 100.0
"""A difference of so many standard errors is found with any number of seeds; beyond 1e6, scipy gives NaN."""


def seeds_to_settle(first: Values, second: Values, paired: bool) -> int | None:
    """How many seeds, in all and in either cell, a comparison of two cells needs.

    With as many, `compare` finds the difference at 5% with a probability of 80%, if the observed difference and spread
    are the true ones, which few seeds estimate poorly. None where they give no estimate: no difference, a single value,
    counts that take few values, infinite values or ones without spread that overlap; and where more than 10,000 seeds
    were needed.
    """
    difference = mean(first.values()) - mean(second.values())
    if min(len(first), len(second)) < 2 or difference == 0:
        return None
    if not math.isfinite(difference) or is_rounding(_error(first, second, paired), first, second):
        return fewest_ranked() if are_apart(first, second) else None
    if are_counts(first, second):
        return None
    sds = [sd for sd, _ in spreads(first, second, paired)]
    counts = range(2, MOST_SEEDS + 1)
    index = bisect.bisect_left(counts, POWER, key=lambda n: power(difference, sds, n))
    return counts[index] if index < len(counts) else None


def _error(first: Values, second: Values, paired: bool) -> float:
    """The standard error of the difference of the means."""
    return standard_error(spreads(first, second, paired))[0]


def fewest_ranked() -> int:
    """The fewest seeds that a test of ranks, as `compare` makes of values without spread, can tell apart at 5%."""
    return next(n for n in range(2, MOST_SEEDS) if 2 / math.comb(2 * n, n) <= SIGNIFICANCE)


def power(difference: float, sds: Sequence[float], n: int) -> float:
    """The probability that the t-test finds a true `difference` at 5%, in the direction it has.

    Args:
        sds: the true standard deviation of the differences of pairs, or of each of two independent cells.
        n: the number of pairs, or of values in each cell.
    """
    error, df = standard_error([(sd, n) for sd in sds])
    noncentrality = min(abs(difference) / error, CERTAIN)
    return float(stats.nct.sf(stats.t.ppf(1 - SIGNIFICANCE / 2, df), df, noncentrality))
