"""Statistics over seeds: what a handful of independent runs says about a variant, and what it does not.

The interval of the mean is Student's t-interval, which holds its level from two seeds on. The median and the
interquartile mean (Agarwal et al. 2021, arXiv:2108.13264) stand beside it because a mean is dragged by one
catastrophic seed. The interval of the interquartile mean is a percentile bootstrap, which falls far below its level
for fewer than ten seeds, and is left out there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median, stdev
from typing import Literal

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
BOOTSTRAP_FROM = 10
RESAMPLES = 9999


@dataclass(frozen=True, kw_only=True)
class Statistics:
    """The values of one cell, one a seed, in a few numbers, all in the metric's own unit.

    Attributes:
        n: how many values there are.
        sd: the sample standard deviation (divisor n - 1); None at n = 1 and where a value is infinite.
        half_width: of the 95% t-interval around the mean; None where `sd` is.
        iqm: the interquartile mean.
        iqm_ci95: its 95% bootstrap interval; None below 10 values and where one is infinite.
    """

    n: int
    mean: float
    sd: float | None
    half_width: float | None
    median: float
    iqm: float
    iqm_ci95: tuple[float, float] | None = None

    @property
    def ci95(self) -> tuple[float, float] | None:
        """The ends of the 95% t-interval of the mean."""
        return None if self.half_width is None else (self.mean - self.half_width, self.mean + self.half_width)


def describe(values: Sequence[float]) -> Statistics:
    """The statistics of `values`, which are not empty; their order does not matter.

    An infinite value, that of a diverged run, is the worst there is: it makes the mean infinite, leaves no standard
    deviation and no interval, and counts as one value of many in the median and the interquartile mean.

    Raises:
        ValueError: a value is NaN, or both infinities occur.
    """
    average = mean(values)
    if math.isnan(average):
        raise ValueError(f"the mean of {list(values)} is not a number")
    sd = sample_sd(values)
    return Statistics(
        n=len(values),
        mean=average,
        sd=sd,
        half_width=None if sd is None else t_half_width(sd / math.sqrt(len(values)), len(values) - 1),
        median=median(values),
        iqm=interquartile_mean(values),
        iqm_ci95=None if sd is None or len(values) < BOOTSTRAP_FROM else interquartile_mean_ci95(values),
    )


def sample_sd(values: Sequence[float]) -> float | None:
    """The sample standard deviation, or None for one value or where a value is not finite."""
    return stdev(values) if len(values) > 1 and all(map(math.isfinite, values)) else None


def t_half_width(standard_error: float, df: float) -> float:
    """Half the width of Student's 95% interval of an estimate whose standard error has `df` degrees of freedom."""
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, df)) * standard_error


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean without the lowest and highest quarter, each rounded down; nothing is cut below 4 values."""
    return float(stats.trim_mean(sorted(values), 0.25))


def interquartile_mean_ci95(values: Sequence[float]) -> tuple[float, float]:
    """The 95% percentile bootstrap interval of the interquartile mean, the same whenever the values are."""
    interval = stats.bootstrap(
        (sorted(values),),
        lambda resamples, axis: stats.trim_mean(resamples, 0.25, axis=axis),
        method="percentile",
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(interval.low), float(interval.high)


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
