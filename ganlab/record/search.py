"""``search.json``: how the settings of a sweep's rows were chosen, in the folder of the runs that report them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

from pydantic import model_validator

from ganlab.errors import InputError
from ganlab.options import ListOf, Options, parse
from ganlab.record.files import read_json, write_json
from ganlab.record.spec import Seed
from ganlab.record.summary import Better, Number, worst

SEARCH = "search.json"

Method = Literal["random", "sobol", "optuna"]


class TriedRun(Options):
    """A trial on one tune seed.

    Attributes:
        id: of the run, in the folder of the trials.
        status: "not done" of one that failed, too.
        value: of the metric at the end; None where the run did not finish, or the value is not finite.
    """

    id: str
    seed: Seed
    status: Literal["finished", "diverged", "not done"]
    value: Number


class Trial(Options):
    """One choice of settings.

    Attributes:
        number: 0 of the first.
        settings: by their dotted names.
        iterations: of each of its runs; samples_seen: by the discriminator in them, real ones.
        halted: whether halving ended it before the whole budget, so that it cannot be chosen.
        runs: one a tune seed.
    """

    number: int
    settings: Mapping[str, Any]
    iterations: int
    samples_seen: int
    halted: bool = False
    runs: ListOf[TriedRun]

    @property
    def settings_in_words(self) -> str:
        """Its settings, each with its dotted name."""
        return ", ".join(
            f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in self.settings.items()
        )

    @property
    def done(self) -> bool:
        """Whether every run of it has ended."""
        return all(run.status != "not done" for run in self.runs)


def order_of(losses: Sequence[float]) -> tuple[int, float]:
    """By which trials are chosen, the least first, from the losses of their runs, infinite ones of those that diverged.

    Fewer diverged runs come first, and then the lower mean over the others.
    """
    finite = [loss for loss in losses if math.isfinite(loss)]
    return len(losses) - len(finite), fmean(finite) if finite else 0.0


class RowSearch(Options):
    """The search of one row's settings.

    Attributes:
        signature: of the sweep, as in ``sweep.json``.
        reported: the ids of the runs that were made with the chosen settings.
        metric: by whose mean over the tune seeds, at the end, they were chosen.
        budget: real samples that a run may show its discriminator.
        asked: trials that each row has.
        halving: the share of trials that asynchronous halving lets go on is 1 in so many; None without halving.
        spent: real samples that the finished and diverged runs of the trials were shown, those of earlier rungs among
            them; runs that failed midway are not counted.
        chosen: the number of the trial whose settings are reported.
    """

    signature: str
    dataset: str
    label: str
    reported: ListOf[str]
    metric: str
    better: Better
    method: Method
    budget: int
    asked: int
    halving: int | None
    tune_seeds: ListOf[Seed]
    spent: int
    chosen: int
    trials: ListOf[Trial]

    @model_validator(mode="after")
    def _consistent(self) -> RowSearch:
        numbers = [trial.number for trial in self.trials]
        if len({*numbers}) < len(numbers):
            raise ValueError(f"the trials of '{self.label}' are not numbered apart")
        for trial in self.trials:
            if [run.seed for run in trial.runs] != [*self.tune_seeds]:
                raise ValueError(f"trial {trial.number} of '{self.label}' has runs of other seeds than tune_seeds")
            if trial.samples_seen > self.budget:
                raise ValueError(f"trial {trial.number} of '{self.label}' saw more samples than the budget has")
        first = min(self.finished, key=self._order, default=None)
        if first is None or first.number != self.chosen:
            best = "there is none" if first is None else f"that is trial {first.number}"
            raise ValueError(f"trial {self.chosen} of '{self.label}' is not the best that is done; {best}")
        return self

    @property
    def finished(self) -> list[Trial]:
        """The trials that had the whole budget and are done."""
        return [trial for trial in self.trials if trial.done and not trial.halted]

    @property
    def missing(self) -> int:
        """How many of the trials that were asked for are not done."""
        return self.asked - sum(trial.done for trial in self.trials)

    @property
    def best(self) -> Trial:
        """The chosen trial."""
        return next(trial for trial in self.trials if trial.number == self.chosen)

    def score(self, trial: Trial) -> float:
        """The mean over the tune seeds of a trial that is done; the worst there is if one of them has no value."""
        values = [run.value for run in trial.runs if run.value is not None]
        return fmean(values) if len(values) == len(trial.runs) else worst(self.better)

    def _order(self, trial: Trial) -> tuple[int, float]:
        sign = 1 if self.better == "lower" else -1
        return order_of([math.inf if run.value is None else sign * run.value for run in trial.runs])


class SearchFile(Options):
    """The content of the file: a search for each row of the table."""

    rows: ListOf[RowSearch]

    @cached_property
    def _reporting(self) -> dict[str, RowSearch]:
        return {run_id: row for row in self.rows for run_id in row.reported}

    def of_run(self, run_id: str) -> RowSearch | None:
        """The search whose choice the run reports, if there is one."""
        return self._reporting.get(run_id)


def read_search(folder: Path) -> SearchFile | None:
    """That of the sweep in `folder`; None where its settings were not searched.

    Raises:
        InputError: the file holds something else.
    """
    path = folder / SEARCH
    if not path.exists():
        return None
    try:
        return parse(SearchFile, read_json(path), str(path))
    except InputError as error:
        raise InputError(
            f"{path} is no record of a search; restore it, or remove it and launch the sweep again ({error})"
        ) from None


def write_search(folder: Path, search: SearchFile) -> None:
    """Write `search` to the sweep in `folder`.

    Of an earlier launch of the same search, other rows stay, and so do the runs on other seeds that report the same
    choice.

    Raises:
        InputError: the file that is there is damaged.
        OSError: it cannot be written.
    """
    earlier = read_search(folder)
    signatures = {row.signature for row in search.rows}
    rows = {(row.dataset, row.label): row for row in (earlier.rows if earlier else ()) if row.signature in signatures}
    for row in search.rows:
        before = rows.get((row.dataset, row.label))
        reported = before.reported if before and before.best.settings == row.best.settings else ()
        both = tuple(dict.fromkeys([*reported, *row.reported]))
        rows[row.dataset, row.label] = row.model_copy(update={"reported": both})
    write_json(folder / SEARCH, SearchFile(rows=tuple(rows.values())).record())
