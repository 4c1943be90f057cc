"""Statistics over seeds: what a handful of independent runs says about a variant, and what it does not.

The interval of the mean is Student's t-interval, which holds its level from two seeds on; percentile
bootstraps fall far below theirs at such sizes. The median and the interquartile mean (Agarwal et al. 2021,
arXiv:2108.13264) stand beside it because a mean is dragged by one catastrophic seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev
from typing import Literal

from scipy import stats

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """The values of one cell, one a seed, in a few numbers, all in the metric's own unit.

    Attributes:
        n: how many values there are.
        sd: the sample standard deviation (divisor n - 1); None at n = 1 and where a value is infinite.
        half_width: of the 95% t-interval around the mean; None where `sd` is.
        iqm: the interquartile mean.
    """

    n: int
    mean: float
    sd: float | None
    half_width: float | None
    median: float
    iqm: float

    @property
    def ci95(self) -> tuple[float, float] | None:
        """The ends of the 95% t-interval of the mean."""
        return None if self.half_width is None else (self.mean - self.half_width, self.mean + self.half_width)


def describe(values: Sequence[float]) -> Statistics:
    """The statistics of `values`, which must not be empty; their order does not matter."""
    sd = sample_sd(values)
    return Statistics(
        n=len(values),
        mean=mean(values),
        sd=sd,
        half_width=None if sd is None else t_half_width(sd, len(values)),
        median=median(values),
        iqm=interquartile_mean(values),
    )


def sample_sd(values: Sequence[float]) -> float | None:
    """The sample standard deviation, or None for one value or where a value is not finite."""
    return stdev(values) if len(values) > 1 and all(map(math.isfinite, values)) else None


def t_half_width(sd: float, n: int) -> float:
    """Half the width of Student's 95% interval for the mean of `n` values with standard deviation `sd`."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, df=n - 1)) * sd / math.sqrt(n)


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean without the lowest and highest quarter, each rounded down; nothing is cut below 4 values."""
    return float(stats.trim_mean(sorted(values), 0.25))


def welch_p(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p-value of Welch's test (1947) that two samples have the same mean.

    It is 1 where no test is possible: a sample of one value, or one that is not finite. Two samples without
    any spread differ for certain (0) or not at all (1).
    """
    first_sd, second_sd = sample_sd(first), sample_sd(second)
    if first_sd is None or second_sd is None:
        return 1.0
    if first_sd == second_sd == 0:
        return float(mean(first) == mean(second))
    test = stats.ttest_ind_from_stats(
        mean(first), first_sd, len(first), mean(second), second_sd, len(second), equal_var=False
    )
    return float(test.pvalue)


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


def distinguishable_best(cells: Mapping[str, Sequence[float]], better: Literal["lower", "higher"]) -> set[str]:
    """The label of the cell with the best mean, if that mean differs from every other cell's; else nothing.

    "Differs" is Welch's test at 5%, Holm-corrected over the comparisons of the best cell with the others.
    Cells without values take no part, and one cell alone is not the best of anything.
    """
    means = {label: mean(values) for label, values in cells.items() if values}
    if len(means) < 2:
        return set()
    best, *others = sorted(means, key=means.__getitem__, reverse=better == "higher")
    p_values = holm([welch_p(cells[best], cells[other]) for other in others])
    return {best} if max(p_values) <= SIGNIFICANCE else set()
