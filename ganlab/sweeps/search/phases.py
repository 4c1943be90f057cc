"""The plans of a search: one after the other its trials, and then the runs that report the chosen settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ganlab.errors import InputError
from ganlab.plugins import use_plugins
from ganlab.record import RunSpec
from ganlab.record.files import for_shell
from ganlab.record.search import SearchFile
from ganlab.sweeps.plan import Plan, find, plan_of, signature_of
from ganlab.sweeps.resolve import load_choice, resolve
from ganlab.sweeps.schema import TRIALS, Sweep, VariantEntry
from ganlab.sweeps.search.candidate import Candidate
from ganlab.sweeps.search.row import SearchedRow
from ganlab.sweeps.search.trials import Trials


class Phases:
    """What of a search is to be launched next, from what is on disk.

    Args:
        sweep: with a search.
        runs: the folder of all records.
        slots: jobs that the engine runs at once.
        compiled: whether updates are compiled.

    Raises:
        InputError: something in the sweep is wrong.
    """

    def __init__(self, sweep: Sweep, runs: Path, slots: int, compiled: bool) -> None:
        assert sweep.search is not None, "only of a sweep with a search"
        use_plugins(sweep.plugins)
        self._sweep, self._search = sweep, sweep.search
        self._slots, self._compiled = slots, compiled
        self._folder = runs / sweep.name
        self._trials_folder = runs / f"{sweep.name}{TRIALS}"
        self._found: list[str] = []
        self._given_up: set[str] = set()
        self._rows = [self._rows_on(position) for position in range(len(sweep.data))]

    def next(self) -> Plan:
        """The plan of the trials that are not done yet, or, when all are, that of the report.

        Raises:
            InputError: something in the sweep is wrong, or no trial of any row could be trained to its end.
        """
        for trials in (one for rows in self._rows for one in rows):
            trials.look()
        candidates = [[(trials, trials.candidates()) for trials in rows] for rows in self._rows]
        if not any(trials.loss(one) is None for rows in candidates for trials, some in rows for one in some):
            return self._report()
        entries = [[trials.row.trial(one) for trials, some in rows for one in some] for rows in candidates]
        specs = self._specs(entries, self._search.tune_seeds)
        return replace(self._plan(self._trials_folder, specs), following=self._after(specs))

    def _rows_on(self, data: int) -> list[Trials]:
        """The rows on the data set at a position of the sweep's list."""
        sweep = self._part(data, self._sweep.variants, self._search.tune_seeds)
        choice, loaded = load_choice(sweep.data[0], sweep.seeds)
        if loaded.found:
            self._found.append(loaded.found)
        rows = [SearchedRow(sweep, self._search, entry, choice, loaded) for entry in sweep.variants]
        return [Trials(row, self._sweep.name, self._trials_folder, self._given_up) for row in rows]

    def _after(self, specs: Sequence[RunSpec]) -> Callable[[], Plan]:
        """Gives what is planned once the jobs of `specs` are over; those that have not ended by then are given up."""

        def following() -> Plan:
            self._given_up |= {one.id for one in specs if find(one, self._trials_folder).state != "done"}
            return self.next()

        return following

    def _report(self) -> Plan:
        entries: list[list[VariantEntry]] = []
        chosen: list[tuple[Trials, Candidate]] = []
        for rows in self._rows:
            best = [(trials, self._best(trials)) for trials in rows]
            entries.append([trials.row.chosen(one) for trials, one in best])
            chosen += best
        specs = self._specs(entries, self._search.report_seeds)
        signature = signature_of(self._sweep)
        searched = tuple(trials.record(one, self._reported(trials, specs), signature) for trials, one in chosen)
        return replace(self._plan(self._folder, specs), search=SearchFile(rows=searched))

    def _best(self, trials: Trials) -> Candidate:
        best = trials.best()
        if best is None:
            folder = for_shell(self._trials_folder)
            raise InputError(
                f"no trial of '{trials.row.entry.label}' has ended, so that no settings can be chosen; 'ganlab status "
                f"{folder}' says why; mend it and run the same command again, or leave the row out"
            )
        return best

    def _reported(self, trials: Trials, specs: Sequence[RunSpec]) -> list[str]:
        row = trials.row.base
        return [spec.id for spec in specs if (spec.dataset, spec.label) == (row.dataset, row.label)]

    def _specs(self, entries: Sequence[Sequence[VariantEntry]], seeds: tuple[int, ...]) -> list[RunSpec]:
        """The specs of some rows on each data set."""
        parts = [self._part(data, rows, seeds) for data, rows in enumerate(entries)]
        return [spec for part in parts for spec in resolve(part)]

    def _part(self, data: int, entries: Sequence[VariantEntry], seeds: tuple[int, ...]) -> Sweep:
        """A sweep without a search on one of the data sets."""
        changes = {"data": (self._sweep.data[data],), "variants": tuple(entries), "seeds": seeds, "search": None}
        return self._sweep.model_copy(update=changes)

    def _plan(self, folder: Path, specs: Sequence[RunSpec]) -> Plan:
        return plan_of(self._sweep, specs, folder, self._found, self._slots, self._compiled)
