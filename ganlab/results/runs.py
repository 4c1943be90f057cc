"""Runs as results use them, and checks against combining runs that are not comparable."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Protocol as Interface

from ganlab.errors import InputError
from ganlab.record import Protocol, RunSpec, SpecFile, Summary
from ganlab.record.search import RowSearch
from ganlab.text import one_line

Key = tuple[str, str]
"""A row: (dataset, label)."""

SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 60


class Origin(Interface):
    """Where a run was read from, for what only some results need.

    Attributes:
        folder: the run directory, with its samples, where there is one.
    """

    @property
    def folder(self) -> Path | None: ...

    def rows(self) -> list[dict[str, Any]]:
        """The rows of ``metrics.jsonl``, ascending in ``global_step``."""
        ...

    def evaluations(self) -> list[dict[str, Any]]:
        """Those of its rows that hold an evaluation."""
        ...

    def file(self, name: str) -> bytes | None:
        """The content of a file of the directory of a run that is done; None where it is recorded in another form."""
        ...


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: what its `spec_file` says, its `summary` once it is done, and its `origin`.

    `search` is how its settings were chosen, if they were searched and that is recorded. All of it is as it was
    recorded; the names among the properties are one line each.
    """

    spec_file: SpecFile
    summary: Summary | None
    origin: Origin
    search: RowSearch | None = None

    @property
    def spec(self) -> RunSpec:
        return self.spec_file.spec

    @property
    def id(self) -> str:
        return one_line(self.spec_file.id)

    @property
    def label(self) -> str:
        return one_line(" ".join(self.spec.label.split()))

    @property
    def dataset(self) -> str:
        return one_line(self.spec.dataset)

    @property
    def seed(self) -> int:
        return self.spec.seed

    @property
    def split_by_seed(self) -> bool:
        """Whether each seed has training and held-out values of its own."""
        return split_of(self.spec) == "seed"

    @property
    def sweep(self) -> str:
        return one_line(self.spec_file.sweep)

    @property
    def done(self) -> bool:
        return self.summary is not None

    @property
    def finished(self) -> bool:
        return self.summary is not None and self.summary.status == "finished"

    @property
    def diverged(self) -> bool:
        return self.summary is not None and self.summary.status == "diverged"

    @property
    def diverged_at(self) -> int:
        """The last iteration that a run that diverged completed."""
        assert self.result.diverged_at is not None, f"run {self.id} has not diverged"
        return self.result.diverged_at

    @property
    def result(self) -> Summary:
        """The summary of a run that is done."""
        assert self.summary is not None, f"run {self.id} is not done"
        return self.summary

    @property
    def protocol(self) -> Protocol:
        """How a run that is done was measured."""
        return self.result.protocol


def contradictions(run: Run) -> Iterator[str]:
    """Where the summary of a run that is done is not that of its spec and protocol."""
    result = run.result
    for key, recorded, expected in (
        ("spec_sha256", result.spec_sha256, run.spec.sha256),
        ("protocol_sha256", result.protocol_sha256, run.protocol.sha256),
    ):
        if recorded != expected:
            yield f"summary.json has the {key} {recorded}, and it is {expected}"


def refuse_mixed_cell(runs: list[Run]) -> None:
    """Check that the runs of one cell differ in their seed alone, and that no seed counts twice.

    Raises:
        InputError: they do not; it names two runs and the difference.
    """
    first = runs[0]
    by_seed: dict[int, Run] = {}
    for run in runs:
        if _differ_in_more_than_seed(first, run):
            difference = _difference(_cell_of(first), _cell_of(run))
            raise InputError(
                f"runs {first.id} and {run.id} are both '{run.label}' on '{run.dataset}' but differ in more "
                f"than their seed ({difference}); give one of them another label"
            )
        twin = by_seed.setdefault(run.seed, run)
        if twin is not run:
            raise InputError(
                f"runs {twin.id} and {run.id} are both seed {run.seed} of '{run.label}' on '{run.dataset}', "
                f"which would count twice; move one of them to another folder"
            )


def refuse_mixed_protocols(runs: Iterable[Run], metric: str) -> None:
    """Check that all finished `runs` measured `metric` in the same way.

    Runs on different data may differ in the reference, and in whether they have the metric at all.

    Raises:
        InputError: they do not; it names two runs and the difference.
    """
    first_on: dict[str, Run] = {}
    for run in runs:
        if run.finished:
            first = first_on.setdefault(run.dataset, run)
            _refuse_unlike(first, run, metric)
    first, *others = [run for run in first_on.values() if metric in run.protocol.metrics]
    for run in others:
        _refuse_unlike(first, run, metric, same_data=False)


def is_measured_alike(runs: Iterable[Run], metric: str) -> bool:
    """Whether all finished `runs` measured `metric` in the same way."""
    try:
        refuse_mixed_protocols(runs, metric)
    except InputError:
        return False
    return True


def refuse_mixed_schedules(runs: Iterable[Run], column: str) -> None:
    """Check that all finished `runs` on the same data were evaluated equally often: more looks find a better best one.

    Raises:
        InputError: they were not; it names two runs and how often each was.
    """
    first_on: dict[str, Run] = {}
    for run in runs:
        if run.finished:
            first = first_on.setdefault(run.dataset, run)
            one, other = (each.spec.evaluation.every for each in (first, run))
            if one != other:
                raise InputError(
                    f"runs {first.id} and {run.id} must not share the column '{column}': one was evaluated every "
                    f"{one} steps, the other every {other}; evaluate both alike, or make a table of each"
                )


def _refuse_unlike(first: Run, second: Run, metric: str, same_data: bool = True) -> None:
    if first.protocol == second.protocol:
        return
    difference = _difference(protocol_of(first, metric, same_data), protocol_of(second, metric, same_data))
    if difference:
        raise InputError(
            f"runs {first.id} and {second.id} must not share the column '{metric}': their protocols differ "
            f"({difference}); measure both alike, or make a table of each"
        )


def protocol_of(run: Run, metric: str, same_data: bool = True) -> dict[str, Any]:
    """All that says how `metric` was measured; on other data, without what says against what.

    Extractors are named by the estimators of the metrics that need them; limits follow from samples and reference.
    """
    left_out = {"metrics", "primary", "extractors", "absent", "limits"}
    if not same_data:
        left_out |= {"reference", "reference_sha256", "reference_images"}
    protocol = run.protocol.record()
    common = {key: value for key, value in protocol.items() if key not in left_out}
    return common | {metric: protocol["metrics"].get(metric)}


def _difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> str | None:
    """The first key, with a dot a level, under which two nested mappings differ, and how; or None."""
    for key in [*first, *(key for key in second if key not in first)]:
        one, other = first.get(key), second.get(key)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            nested = _difference(one, other)
            if nested:
                return f"{key}.{nested}"
        elif one != other:
            return f"{key} is {SHORT.repr(one)} in the first and {SHORT.repr(other)} in the second"
    return None


def by_row(runs: Sequence[Run]) -> dict[Key, list[Run]]:
    """The runs of each row by seed, data set by data set, in the order of the sweeps.

    Rows of the same name from sweeps that differ in more than the seeds get distinct names: ``wgan [my_sweep]``.

    Raises:
        InputError: the runs of a row differ in more than their seeds, or two of them have the same.
    """
    datasets = list(dict.fromkeys(run.dataset for run in runs))
    rows: dict[Key, list[Run]] = {}
    ambiguous = _ambiguous(runs)
    for run in sorted(runs, key=lambda run: datasets.index(run.dataset)):
        label = f"{run.label} [{run.sweep}]" if (run.dataset, run.label) in ambiguous else run.label
        rows.setdefault((run.dataset, label), []).append(run)
    for row in rows.values():
        refuse_mixed_cell(row)
        row.sort(key=lambda run: run.seed)
    return rows


def _ambiguous(runs: Sequence[Run]) -> set[Key]:
    """The names of rows of different sweeps that differ in more than their seeds."""
    first: dict[Key, Run] = {}
    ambiguous = set()
    for run in runs:
        twin = first.setdefault((run.dataset, run.label), run)
        if twin.sweep != run.sweep and _differ_in_more_than_seed(twin, run):
            ambiguous.add((run.dataset, run.label))
    return ambiguous


def share_data_order(first: RunSpec, second: RunSpec) -> bool:
    """Whether runs of these specs and one seed saw the same training data in the same order."""
    one, other = ((spec.data, spec.data_fingerprint, spec.batch_size) for spec in (first, second))
    return one == other


def split_of(spec: RunSpec) -> int | str | None:
    """Which of the data's values are held out: a split's number, or "seed" if each seed has its own; None of others."""
    options = spec.data.options
    found: int | str | None = options.get("split", 0 if "held_out" in options else None)
    return found


def _differ_in_more_than_seed(first: Run, second: Run) -> bool:
    return first.spec.model_copy(update={"seed": second.seed}) != second.spec


def _cell_of(run: Run) -> dict[str, Any]:
    """All of a run's spec but what may differ within a cell: the seed."""
    return {key: value for key, value in run.spec.record().items() if key != "seed"}
