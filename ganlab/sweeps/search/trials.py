"""The trials of one row: which there are by now, what became of them, and which one is chosen."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from statistics import fmean

from ganlab.record import RunDirectory, RunSpec, Summary
from ganlab.record.search import RowSearch, Trial, TriedRun, order_of
from ganlab.sweeps.plan import find
from ganlab.sweeps.search.candidate import Candidate
from ganlab.sweeps.search.row import SearchedRow
from ganlab.sweeps.search.sampling import sampled, seed_of
from ganlab.sweeps.search.tpe import optuna_candidates


class Trials:
    """The trials of a row, as they stood on disk when they were last looked at: others may train them meanwhile.

    Args:
        row: whose settings are searched.
        name: of the user's sweep, which decides what is drawn.
        folder: of the runs of all trials.
        given_up: the ids of runs that were launched and have not ended; it may grow.
    """

    def __init__(self, row: SearchedRow, name: str, folder: Path, given_up: Collection[str]) -> None:
        self.row = row
        self._name, self._folder, self._given_up = name, folder, given_up
        self._summaries: dict[str, Summary | None] = {}

    def look(self) -> None:
        """See which runs have ended by now."""
        self._summaries = {name: summary for name, summary in self._summaries.items() if summary}

    def candidates(self) -> list[Candidate]:
        """All there are by now: up to those that depend on results that are not known yet."""
        search, dimensions = self.row.search, self.row.dimensions
        seed = seed_of(self._name, dimensions)
        if search.method == "optuna":
            return optuna_candidates(dimensions, search.trials, search.halving, seed, self.loss)
        return sampled(search.method, search.trials, dimensions, seed)

    def loss(self, candidate: Candidate) -> float | None:
        """The mean of the primary metric at the end over the tune seeds, with a sign such that less is better.

        It is infinite where a run diverged, NaN where one was given up, and None while one is still to be trained.
        """
        losses = [self._loss(spec) for spec in self._runs(candidate)]
        known = [loss for loss in losses if loss is not None]
        if len(known) < len(losses):
            return None
        return fmean(known)

    def best(self) -> Candidate | None:
        """The trial of the lowest loss, of those that had the whole budget; None where no such trial is done.

        Where every trial has diverged in a seed, it is that which did in the fewest, and of these that of the lowest
        mean over the others; of equal ones, the first.
        """
        done = [one for one in self.candidates() if not one.rung and self._is_done(one)]
        return min(done, key=self._order, default=None)

    def _is_done(self, candidate: Candidate) -> bool:
        loss = self.loss(candidate)
        return loss is not None and not math.isnan(loss)

    def _order(self, candidate: Candidate) -> tuple[int, float]:
        return order_of([loss for spec in self._runs(candidate) if (loss := self._loss(spec)) is not None])

    def record(self, chosen: Candidate, reported: Sequence[str], signature: str) -> RowSearch:
        """What is kept of the search that is part of the sweep with a `signature`.

        The runs with the ids `reported` have the settings of the trial `chosen`.
        """
        search, candidates = self.row.search, self.candidates()
        last = {one.number: one for one in candidates}  # the rung that each trial has reached
        summary = next(one for spec in self._runs(chosen) if (one := self._summary(spec)))
        metric = summary.protocol.primary
        return RowSearch(
            signature=signature,
            dataset=self.row.base.dataset,
            label=self.row.entry.label,
            reported=tuple(reported),
            metric=metric,
            better=summary.protocol.metrics[metric].better,
            method=search.method,
            budget=search.budget,
            asked=search.trials,
            halving=search.halving,
            tune_seeds=search.tune_seeds,
            spent=sum(self._spent(one) for one in candidates),
            chosen=chosen.number,
            trials=tuple(self._trial(last[number], metric) for number in sorted(last)),
        )

    def _trial(self, candidate: Candidate, metric: str) -> Trial:
        spec = self.row.spec(candidate)
        return Trial(
            number=candidate.number,
            settings=candidate.settings,
            iterations=spec.steps,
            samples_seen=spec.samples_seen(spec.steps),
            halted=candidate.rung > 0,
            runs=tuple(self._tried(one, metric) for one in self._runs(candidate)),
        )

    def _tried(self, spec: RunSpec, metric: str) -> TriedRun:
        summary = self._summary(spec)
        return TriedRun(
            id=spec.id,
            seed=spec.seed,
            status=summary.status if summary else "not done",
            value=summary.final.get(metric) if summary else None,
        )

    def _spent(self, candidate: Candidate) -> int:
        """Real samples that the discriminator was shown in the runs of a trial, in one rung."""
        return sum(one.cost.samples_seen for spec in self._runs(candidate) if (one := self._summary(spec)))

    def _runs(self, candidate: Candidate) -> list[RunSpec]:
        """The specs of a trial's runs, one a tune seed."""
        spec = self.row.spec(candidate)
        return [spec.model_copy(update={"seed": seed}) for seed in self.row.search.tune_seeds]

    def _loss(self, spec: RunSpec) -> float | None:
        summary = self._summary(spec)
        if summary is None:
            return math.nan if spec.id in self._given_up else None
        value = summary.final.get(summary.protocol.primary)
        if value is None:
            return math.inf
        return value if summary.protocol.metrics[summary.protocol.primary].better == "lower" else -value

    def _summary(self, spec: RunSpec) -> Summary | None:
        """The result of a run; None if it had none that could be read."""
        if spec.id not in self._summaries:
            done = find(spec, self._folder).state == "done"
            self._summaries[spec.id] = RunDirectory(self._folder / spec.id).summary() if done else None
        return self._summaries[spec.id]
