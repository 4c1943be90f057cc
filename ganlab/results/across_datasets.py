"""What the rows of a benchmark are worth over many data sets: functions of the tidy frame.

Mean ranks are tested as Demšar (2006, "Statistical comparisons of classifiers over multiple data sets", JMLR 7)
recommends. Interquartile means, performance profiles and probabilities of improvement are those of Agarwal et al.
(2021, arXiv:2108.13264), with intervals by a bootstrap that draws seeds anew within each data set.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ganlab.errors import InputError
from ganlab.record.summary import Better
from ganlab.results.comparison import probability_of_beating
from ganlab.results.frame import better_of, last_values
from ganlab.results.ranking import holm
from ganlab.results.statistics import CONFIDENCE, SIGNIFICANCE, interquartile_mean

RESAMPLES = 2000
FEWEST_ROWS, FEWEST_DATASETS = 3, 2
"""Of which ranks can be tested."""


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """How rows rank over data sets.

    Attributes:
        mean: the mean rank of each row, the best first, where 1 is the best rank.
        friedman_p: of Friedman's test that all rows rank alike.
        critical_difference: from which on Nemenyi's test tells two mean ranks apart at 5%, over all pairs.
        holm_p: of each row but the best, that it ranks like the best, adjusted by Holm.
    """

    mean: pd.Series[float]
    friedman_p: float
    critical_difference: float
    holm_p: pd.Series[float]


def mean_ranks(frame: pd.DataFrame, metric: str, better: Better | None = None) -> Ranks:
    """The mean ranks of rows, which on each data set are ranked by the mean of their last values.

    Args:
        frame: as `frame_of` gives it.
        metric: for example ``w1``.
        better: by default as the frame's ``attrs["better"]`` say.

    Raises:
        InputError: fewer than three rows or two data sets, or a row lacks the metric on one of them.
    """
    return ranks_of(last_values(frame, metric), metric, better_of(metric, frame, given=better))


def ranks_of(values: pd.DataFrame, metric: str, better: Better) -> Ranks:
    """The mean ranks of rows by `values`, with columns row, dataset, seed, value; see `mean_ranks`."""
    means = values.groupby(["dataset", "row"], sort=False).value.mean().unstack("row")
    count, rows = means.shape
    if count < FEWEST_DATASETS or rows < FEWEST_ROWS:
        raise InputError(
            f"ranks take {FEWEST_ROWS} rows on {FEWEST_DATASETS} data sets, and '{metric}' has {rows} on {count}"
        )
    for dataset, row in np.argwhere(means.isna().to_numpy())[:1]:
        raise InputError(
            f"ranks take every row on every data set, and '{means.columns[row]}' has no '{metric}' on "
            f"{means.index[dataset]}"
        )
    ranks = means.rank(axis="columns", ascending=better == "lower")
    mean = ranks.mean().sort_values(kind="stable")
    error = math.sqrt(rows * (rows + 1) / (6 * count))
    p_of_best = 2 * stats.norm.sf((mean.iloc[1:] - mean.iloc[0]) / error)
    all_tied = bool((ranks.nunique(axis="columns") == 1).all())  # then Friedman's statistic is not defined
    return Ranks(
        mean=mean,
        friedman_p=1.0 if all_tied else float(stats.friedmanchisquare(*ranks.to_numpy().T).pvalue),
        critical_difference=float(stats.studentized_range.ppf(1 - SIGNIFICANCE, rows, math.inf)) / math.sqrt(2) * error,
        holm_p=pd.Series(holm(p_of_best), index=mean.index[1:]),
    )


def normalised_scores(
    frame: pd.DataFrame, metric: str, best: Mapping[str, float], worst: Mapping[str, float]
) -> pd.DataFrame:
    """The last values on a scale that data sets share: columns row, dataset, seed, value.

    Args:
        frame: as `frame_of` gives it.
        best: by data set, the value that scores 1, such as the floor.
        worst: by data set, the value that scores 0, as all worse ones do, and so diverged runs.

    Raises:
        InputError: the best or the worst value of a data set is not given, or they are equal.
    """
    values = last_values(frame, metric)
    for dataset in values.dataset.unique():
        if dataset not in best or dataset not in worst or best[dataset] == worst[dataset]:
            raise InputError(f"scores on {dataset} take a best and a worst '{metric}' there, which differ")
    top, bottom = values.dataset.map(best), values.dataset.map(worst)
    return values.assign(value=((bottom - values.value) / (bottom - top)).clip(lower=0))


def interquartile_means(scores: pd.DataFrame) -> pd.DataFrame:
    """The mean of the middle half of each row's scores on all data sets, with its 95% interval: iqm, low, high by row.

    Args:
        scores: as `normalised_scores` gives them.
    """
    found = {}
    for row, own in scores.groupby("row", sort=False):
        by_dataset = _by_dataset(own)
        resampled = np.concatenate(_resampled(list(by_dataset.values())), axis=1)
        bounds = _interval(stats.trim_mean(resampled, 0.25, axis=1))
        found[row] = (interquartile_mean(own.value.tolist()), *bounds)
    return pd.DataFrame.from_dict(found, orient="index", columns=["iqm", "low", "high"])


def performance_profiles(scores: pd.DataFrame, thresholds: Sequence[float]) -> pd.DataFrame:
    """The share of runs that score more than each threshold, as the mean over data sets: thresholds by rows.

    Args:
        scores: as `normalised_scores` gives them.
    """
    shares = {
        threshold: (scores.value > threshold).groupby([scores.row, scores.dataset]).mean().groupby("row").mean()
        for threshold in thresholds
    }
    return pd.DataFrame(shares).T


def probability_of_improvement(
    frame: pd.DataFrame, metric: str, first: str, second: str, better: Better | None = None
) -> tuple[float, float, float]:
    """How probably a run of `first` is better than one of `second`, as the mean over data sets; with its 95% interval.

    Raises:
        InputError: the rows share no data set.
    """
    better = better_of(metric, frame, given=better)
    values = last_values(frame, metric)
    one, other = (_by_dataset(values[values.row == row]) for row in (first, second))
    shared = [dataset for dataset in one if dataset in other]
    if not shared:
        raise InputError(f"'{first}' and '{second}' have '{metric}' on no data set together")

    def mean_probability(pairs: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> float:
        found = [probability_of_beating(dict(enumerate(a)), dict(enumerate(b)), better) for a, b in pairs]
        return math.fsum(found) / len(found)

    resamples = zip(
        zip(*_resampled([one[dataset] for dataset in shared]), strict=True),
        zip(*_resampled([other[dataset] for dataset in shared], seed=1), strict=True),
        strict=True,
    )
    drawn = [mean_probability(list(zip(a, b, strict=True))) for a, b in resamples]
    low, high = _interval(np.asarray(drawn))
    return mean_probability([(one[dataset], other[dataset]) for dataset in shared]), low, high


def _by_dataset(values: pd.DataFrame) -> dict[str, NDArray[np.float64]]:
    """The values of one row, by data set."""
    return {str(dataset): own.value.to_numpy() for dataset, own in values.groupby("dataset", sort=False)}


def _resampled(strata: Sequence[NDArray[np.float64]], seed: int = 0) -> list[NDArray[np.float64]]:
    """Of each stratum [n], `RESAMPLES` of its values drawn with replacement: [resample, n]."""
    rng = np.random.default_rng(seed)
    return [rng.choice(values, (RESAMPLES, len(values))) for values in strata]


def _interval(estimates: NDArray[np.float64]) -> tuple[float, float]:
    """The percentile interval of what resamples gave."""
    low, high = np.quantile(estimates, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)
