"""What a search of settings is worth at smaller budgets: the best of fewer trials.

Of trials that were drawn independently, the expected best of n is that of n draws from their empirical distribution
(Dodge et al. 2019, arXiv:1909.03004), and so are its median and the interval that holds it in 95 of 100 cases, as
Lucic et al. (2018, arXiv:1711.10337) draw them by resampling. The draws are with replacement, so that the expected best
of all trials is worse than the best one found. Trials by Optuna depend on those before them; there, it is the best of
the first n, and has no interval.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ganlab.record.search import RowSearch, Trial
from ganlab.record.summary import worst

INTERVAL = (0.025, 0.975)


@dataclass(frozen=True, kw_only=True)
class BestOf:
    """The best score of so many trials, in the metric's unit.

    Attributes:
        expected: infinite where a trial diverged, since n draws may all be of such trials.
        low, high: between which it is in 95 of 100 cases; None where trials are not independent.
    """

    trials: int
    expected: float
    median: float
    low: float | None = None
    high: float | None = None


def best_of(search: RowSearch, trials: int) -> BestOf:
    """The best of so many `trials` of a search, of which at least so many are done."""
    if search.method == "optuna":
        return _best_of_the_first(search, trials)
    scores = _from_the_worst(search)
    median, *ends = (_quantile(scores, trials, share) for share in (0.5, *INTERVAL))
    low, high = sorted(ends)
    return BestOf(trials=trials, expected=_expected(scores, trials), median=median, low=low, high=high)


def counts(search: RowSearch) -> list[int]:
    """1, 2, 4 and so on, up to the number of trials that are done."""
    done = len(_done(search))
    return [*(2**power for power in range(done.bit_length()) if 2**power < done), done]


def _best_of_the_first(search: RowSearch, trials: int) -> BestOf:
    """That of the trials in their order; those that were halted have no score."""
    scores = [worst(search.better) if trial.halted else search.score(trial) for trial in _done(search)[:trials]]
    best = (min if search.better == "lower" else max)(scores)
    return BestOf(trials=trials, expected=best, median=best)


def _done(search: RowSearch) -> list[Trial]:
    return [trial for trial in search.trials if trial.done]


def _from_the_worst(search: RowSearch) -> list[float]:
    """The scores of all trials that are done, ending with the best."""
    return sorted(map(search.score, search.finished), reverse=search.better == "lower")


def _expected(scores: Sequence[float], n: int) -> float:
    """The mean of the best of `n` draws, with replacement, from `scores`, which end with the best."""
    if math.isinf(scores[0]):
        return scores[0]
    count = len(scores)
    return math.fsum(score * ((i / count) ** n - ((i - 1) / count) ** n) for i, score in enumerate(scores, start=1))


def _quantile(scores: Sequence[float], n: int, share: float) -> float:
    """What the best of `n` such draws is no better than with probability `share`."""
    count = len(scores)
    return next(score for i, score in enumerate(scores, start=1) if (i / count) ** n >= share)
