"""Trials by Optuna: its TPE sampler in rounds, with asynchronous halving if wanted.

A study is replayed from the results of its trials, so that nothing of it is kept: the same results lead to the same
trials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ganlab.extras import needed_for
from ganlab.sweeps.search.candidate import Candidate, LossOf
from ganlab.sweeps.search.space import Dimension

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

ROUND = 8
"""Trials that are asked for before the results of any of them are known, and so can be one population."""


def rungs_of(halving: int | None, trials: int) -> int:
    """The number of the lowest rung: how often 1 trial in `halving` can go on until one is left; 0 without halving."""
    lowest = 0
    while halving and halving ** (lowest + 1) <= trials:
        lowest += 1
    return lowest


def optuna_candidates(
    dimensions: Sequence[Dimension], trials: int, halving: int | None, seed: int, loss_of: LossOf
) -> list[Candidate]:
    """All that is to be trained up to the first round, or rung of one, that is not known yet.

    Raises:
        InputError: Optuna is not installed.
    """
    study = _study(halving, seed)
    lowest = rungs_of(halving, trials)
    distributions = {one.name: _distribution(one) for one in dimensions}
    found: list[Candidate] = []
    while len(study.trials) < trials:
        going_on = [study.ask(distributions) for _ in range(min(ROUND, trials - len(study.trials)))]
        for rung in range(lowest, -1, -1):
            here = [_candidate(trial, dimensions, rung) for trial in going_on]
            found += here
            losses = [loss_of(one) for one in here]
            known = [(trial, loss) for trial, loss in zip(going_on, losses, strict=True) if loss is not None]
            if len(known) < len(here):
                return found
            steps = (halving or 1) ** (lowest - rung)
            going_on = [trial for trial, loss in known if _goes_on(study, trial, loss, steps, is_last=rung == 0)]
    return found


def _study(halving: int | None, seed: int) -> Study:
    with needed_for("search.method 'optuna'"):
        import optuna
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.SuccessiveHalvingPruner(1, halving) if halving else optuna.pruners.NopPruner()
    return optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed), pruner=pruner)


def _distribution(dimension: Dimension) -> BaseDistribution:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if dimension.values is not None:
        return CategoricalDistribution(range(len(dimension.values)))
    if dimension.whole:
        return IntDistribution(int(dimension.low), int(dimension.high), log=dimension.log)
    return FloatDistribution(dimension.low, dimension.high, log=dimension.log)


def _candidate(trial: Trial, dimensions: Sequence[Dimension], rung: int) -> Candidate:
    found = {one.name: trial.params[one.name] for one in dimensions}
    settings = {one.name: found[one.name] if one.values is None else one.values[found[one.name]] for one in dimensions}
    return Candidate(number=trial.number, settings=settings, rung=rung)


def _goes_on(study: Study, trial: Trial, loss: float, steps: int, is_last: bool) -> bool:
    """Tell the study how a trial did in a rung; gives whether it goes on to the next one."""
    from optuna.trial import TrialState

    if math.isnan(loss):
        study.tell(trial, state=TrialState.FAIL)
        return False
    trial.report(loss, steps)
    if is_last:
        study.tell(trial, loss)
        return False
    if trial.should_prune():
        study.tell(trial, state=TrialState.PRUNED)
        return False
    return True
