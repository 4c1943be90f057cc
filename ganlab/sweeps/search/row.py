"""One row whose settings are searched, on one data set: from trials to entries of a sweep and to specs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ganlab.data import Data
from ganlab.options import parse
from ganlab.record.spec import DataChoice, RunSpec
from ganlab.sweeps.keys import merge
from ganlab.sweeps.resolve import spec_of
from ganlab.sweeps.schema import Sweep, VariantEntry
from ganlab.sweeps.search.budget import iterations_within
from ganlab.sweeps.search.candidate import Candidate
from ganlab.sweeps.search.schema import Search
from ganlab.sweeps.search.settings import nested, require_effect
from ganlab.sweeps.search.space import Dimension, dimensions_of


class SearchedRow:
    """A row as the user has it, and its trials.

    Args:
        sweep: of the trials: with the tune seeds, and without a search.
        search: that of the user's sweep.
        entry: the row.
        choice: the data and its options.
        data: that of the first tune seed.
    """

    def __init__(self, sweep: Sweep, search: Search, entry: VariantEntry, choice: DataChoice, data: Data) -> None:
        self.search, self.entry = search, entry
        self._sweep, self._choice, self._data = sweep, choice, data
        self._specs: dict[Candidate, RunSpec] = {}

    @cached_property
    def base(self) -> RunSpec:
        """The spec of the row without a search, of one iteration."""
        return self._resolved(self._entry({}, "", 1))

    @cached_property
    def dimensions(self) -> tuple[Dimension, ...]:
        """What is searched."""
        return dimensions_of({**self.search.space, **(self.entry.space or {})}, self.base)

    def trial(self, candidate: Candidate) -> VariantEntry:
        """The trial as a row of the sweep of trials."""
        return self._entry(candidate.settings, candidate.suffix, self.spec(candidate).steps)

    def chosen(self, candidate: Candidate) -> VariantEntry:
        """The row with the settings of a trial that had the whole budget."""
        return self._entry(candidate.settings, "", self.spec(candidate).steps)

    def spec(self, candidate: Candidate) -> RunSpec:
        """Of a trial on the first tune seed; it is as long as the budget of its rung allows.

        Raises:
            InputError: the settings are refused, one of them has no effect, or the budget is less than one iteration.
        """
        if candidate not in self._specs:
            first = self._resolved(self._entry(candidate.settings, candidate.suffix, 1))
            require_effect(first, candidate.settings, self.entry.label)
            budget = self.search.budget // (self.search.halving or 1) ** candidate.rung
            entry = self._entry(candidate.settings, candidate.suffix, iterations_within(first, budget))
            self._specs[candidate] = self._resolved(entry)
        return self._specs[candidate]

    def _resolved(self, entry: VariantEntry) -> RunSpec:
        return spec_of(self._sweep, entry, self._choice, self._data)

    def _entry(self, settings: Mapping[str, Any], suffix: str, steps: int) -> VariantEntry:
        keys = self.entry.model_dump(exclude={"space"}, exclude_none=True)
        for name in settings:
            first, *rest = name.split(".")
            if first == "schedules" and rest:  # of which a row otherwise has a whole one in the place of the sweep's
                keys = merge(keys, {first: {rest[0]: self.base.schedules[rest[0]].model_dump()}})
        keys = merge(keys, nested(settings))
        label = self.entry.label + suffix
        return parse(VariantEntry, {**keys, "label": label, "steps": steps}, f"a trial of '{self.entry.label}'")
