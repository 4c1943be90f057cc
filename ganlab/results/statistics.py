"""Statistics over seeds: what few independent runs say about a variant.

The interval of the mean is Student's t-interval, which holds its level from two seeds on. The median and the
interquartile mean (Agarwal et al. 2021, arXiv:2108.13264) stand beside it because a mean is dominated by one diverged
seed. The interval of the interquartile mean is a bootstrap, which falls far below its level for fewer than ten seeds,
and is left out there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import mean, median, stdev

import numpy as np
from scipy import special, stats

CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
BOOTSTRAP_FROM = 10
RESAMPLES = 9999
FEWEST_RESAMPLES = 999
MOST_DRAWN = 1_000_000
"""Values in all resamples of a cell; of up to 100 seeds they are fewer, of many `FEWEST_RESAMPLES` have more."""
ROUNDING = 1e-12
"""A spread no larger than this, relative to the values, counts as zero: reordering a sum changes it by as much."""


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
        iqm_ci95=None if sd is None or len(values) < BOOTSTRAP_FROM else interquartile_mean_ci95(tuple(sorted(values))),
    )


def sample_sd(values: Sequence[float]) -> float | None:
    """The sample standard deviation, or None for one value or where a value is not finite."""
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    sd = stdev(values)
    return sd if sd > ROUNDING * max(map(abs, values)) else 0.0


def t_half_width(standard_error: float, df: float) -> float:
    """Half the width of Student's 95% interval of an estimate whose standard error has `df` degrees of freedom."""
    return float(special.stdtrit(df, (1 + CONFIDENCE) / 2)) * standard_error


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean without the lowest and highest quarter, each rounded down; nothing is cut below 4 values."""
    return float(stats.trim_mean(sorted(values), 0.25))


@cache
def interquartile_mean_ci95(values: tuple[float, ...]) -> tuple[float, float]:
    """The 95% bootstrap interval of the interquartile mean of `values`, which are ascending.

    It is the expanded percentile interval (Hesterberg 2015, doi:10.1080/00031305.2015.1089789), for the plain one is
    too narrow for few values. The same values always have the same resamples. Of normal values it covers the truth
    96.7 times in 100 at 10 seeds, and 96.4 times at 20; the plain one 93.8 and 94.6 times. From more
    than 100 values, fewer resamples are drawn.
    """
    n = len(values)
    outside = stats.norm.cdf(math.sqrt(n / (n - 1)) * stats.t.ppf((1 - CONFIDENCE) / 2, n - 1))
    interval = stats.bootstrap(
        (values,),
        lambda resamples, axis: stats.trim_mean(resamples, 0.25, axis=axis),
        method="percentile",
        confidence_level=1 - 2 * outside,
        n_resamples=max(FEWEST_RESAMPLES, min(RESAMPLES, MOST_DRAWN // n)),
        batch=max(1, MOST_DRAWN // n),
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(interval.low), float(interval.high)
