"""The benchmark table: one row a label, one column a number, one cell the values of all seeds.

A cell's value is the final one, never that of the best checkpoint; see `columns` for the others. A diverged run
counts as the worst value there is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, stdev

from ganlab.record import RunSpec, SpecFile
from ganlab.record.search import RowSearch
from ganlab.record.summary import Real
from ganlab.results.columns import DEVICE, Column, columns_of
from ganlab.results.comparison import Values
from ganlab.results.ranking import Comparison, Mark, RowValues, compare_rows, marks
from ganlab.results.runs import Key, Run, by_row, refuse_mixed_protocols, refuse_mixed_schedules
from ganlab.results.statistics import Statistics, describe
from ganlab.text import one_line


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The values of the seeds that are done, by seed; that of a diverged one is infinite.

    Attributes:
        statistics: None where no seed has a value.
        mark: ``best`` if this is significantly the column's best mean on this data set; where none is, ``tied`` if
            this could be the best.
    """

    values: Mapping[int, float]
    statistics: Statistics | None
    mark: Mark | None

    @property
    def n(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True)
class Row:
    """All runs of one label on one data set.

    Attributes:
        spec: of the first run; those of the others differ in their seed.
        runs: run ids by seed, whatever became of them.
        finished: how many runs finished.
        diverged: the step at which each diverged run did, by seed.
        missing: the seeds whose runs are not done yet.
        device: on which the runs that are done were made.
        search: how the settings were chosen, if they were searched.
        cells: by the column's name.
    """

    label: str
    dataset: str
    spec: RunSpec
    runs: Mapping[int, str]
    finished: int
    diverged: Mapping[int, int]
    missing: tuple[int, ...]
    device: str
    cells: Mapping[str, Cell]
    search: RowSearch | None = None

    @property
    def n(self) -> int:
        """How many seeds are done: finished or diverged."""
        return self.finished + len(self.diverged)


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How the runs on one data set were measured: `samples` drawn from the `generator`'s weights named,
    against `reference`; `floors` holds what as many true samples score, by metric, `floor_errors` the standard errors
    of those that are means over draws, and `real` what the `real_samples`, real ones outside the reference, score;
    where there are none, they are empty. `class_names` are those of the labels, in their order, where they have names.
    `limits` are the largest values that the estimators of some metrics can give of so many samples. `primary` is the
    metric that all runs have named before they began, None where they named several.
    """

    samples: int
    generator: str
    reference: str
    floors: Mapping[str, float]
    floor_errors: Mapping[str, float]
    real_samples: str
    real: Mapping[str, float]
    class_names: tuple[str, ...]
    limits: Mapping[str, float]
    primary: str | None


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows grouped by data set, in the order of the sweeps, the protocol of each data set, and all comparisons of
    two rows on the same data.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    protocols: Mapping[str, Protocol]
    comparisons: tuple[Comparison, ...]
    shows_device: bool

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data sets in the order of the rows."""
        return tuple(dict.fromkeys(row.dataset for row in self.rows))

    @property
    def positions(self) -> dict[Key, int]:
        """The index of each row in `rows`."""
        return {(row.dataset, row.label): index for index, row in enumerate(self.rows)}

    @property
    def diverged(self) -> list[tuple[Row, int, int]]:
        """Row, seed and step of each run that diverged."""
        return [(row, seed, step) for row in self.rows for seed, step in row.diverged.items()]

    def floors(self, dataset: str) -> dict[str, float]:
        """The known floors on `dataset` of the columns, by the column's name."""
        return self._by_column(self.protocols[dataset].floors) if dataset in self.protocols else {}

    def floor_errors(self, dataset: str) -> dict[str, float]:
        """The standard errors of those floors that have one, by the column's name."""
        return self._by_column(self.protocols[dataset].floor_errors) if dataset in self.protocols else {}

    def real(self, dataset: str) -> dict[str, float]:
        """What real samples score on `dataset`, by the column's name."""
        return self._by_column(self.protocols[dataset].real) if dataset in self.protocols else {}

    def _by_column(self, known: Mapping[str, float]) -> dict[str, float]:
        return {column.name: known[column.name] for column in self.columns if column.name in known}


def build(runs: Sequence[Run], metrics: Sequence[str] | None = None) -> Table:
    """The table of `runs`.

    Args:
        runs: as `sources.read_runs` gives them; one of them at least has finished.
        metrics: the columns, for example ``["w1", "best/w1", "device"]``; by default the primary metrics and the
            common ones beside them.

    Raises:
        InputError: an unknown metric, or runs that must not share a cell or a column.
    """
    columns = columns_of(runs, metrics)
    for column in columns:
        if column.compared:
            refuse_mixed_protocols(runs, column.metric)
        if column.of_all_evaluations:
            refuse_mixed_schedules(runs, column.name)
    groups = by_row(runs)
    values = {key: {column.name: values_of(group, column) for column in columns} for key, group in groups.items()}
    comparisons: list[Comparison] = []
    marked: dict[tuple[Key, str], Mark] = {}
    for dataset in dict.fromkeys(dataset for dataset, _ in groups):
        for column in filter(lambda column: column.compared, columns):
            rows = {
                key[1]: RowValues(run=group[0], values=values[key][column.name])
                for key, group in groups.items()
                if key[0] == dataset and values[key][column.name]
            }
            found = compare_rows(dataset, column, rows)
            comparisons += found
            marked |= {((dataset, label), column.name): mark for label, mark in marks(found).items()}
    return Table(
        columns=columns,
        rows=tuple(
            _row(key, group, {name: _cell(some, marked.get((key, name))) for name, some in values[key].items()})
            for key, group in groups.items()
        ),
        protocols=_protocols(runs),
        comparisons=tuple(comparisons),
        shows_device=DEVICE in (metrics or ()),
    )


def values_of(runs: Sequence[Run], column: Column) -> Values:
    """The column's value of each run that is done and has one, by seed."""
    return {run.seed: column.value(run) for run in runs if run.done and column.measured_in(run)}


def _cell(values: Values, mark: Mark | None) -> Cell:
    return Cell(values=values, statistics=describe(list(values.values())) if values else None, mark=mark)


def _row(key: Key, runs: list[Run], cells: Mapping[str, Cell]) -> Row:
    dataset, label = key
    return Row(
        label=label,
        dataset=dataset,
        spec=runs[0].spec,
        runs={run.seed: run.id for run in runs},
        finished=sum(run.finished for run in runs),
        diverged={run.seed: run.diverged_at for run in runs if run.diverged},
        missing=tuple(run.seed for run in runs if not run.done),
        device=", ".join(dict.fromkeys(_device(run) for run in runs if run.done)),
        cells=cells,
        search=runs[0].search,
    )


def _device(run: Run) -> str:
    """What computed a run that is done."""
    environment = run.result.environment
    return environment.gpu or environment.processor


def _protocols(runs: Sequence[Run]) -> dict[str, Protocol]:
    """The protocol of each data set on which a run has finished."""
    on: dict[str, list[Run]] = {}
    for run in runs:
        if run.finished:
            on.setdefault(run.dataset, []).append(run)
    return {dataset: _protocol(some) for dataset, some in on.items()}


def _protocol(runs: Sequence[Run]) -> Protocol:
    """The protocol of `runs` on one data set; it is the same but for floors on each seed's own split."""
    protocol, result = runs[0].protocol, runs[0].result
    floors, errors = _floors(runs)
    real = result.real or Real(samples="", metrics={})
    return Protocol(
        samples=protocol.samples,
        generator=one_line(protocol.generator),
        reference=one_line(protocol.reference),
        floors=floors,
        floor_errors=errors,
        real_samples=one_line(real.samples),
        real=_known(real.metrics),
        class_names=result.samples.class_names,
        limits=_known(protocol.limits),
        primary=protocol.primary if len({run.protocol.primary for run in runs}) == 1 else None,
    )


def _floors(runs: Sequence[Run]) -> tuple[dict[str, float], dict[str, float]]:
    """The floors and the standard errors of those that have one; over splits, their means and errors."""
    by_split = {run.seed if run.split_by_seed else 0: run.result for run in runs}
    floors = [_known(result.floors) for result in by_split.values()]
    if len(floors) == 1:
        return floors[0], _known(runs[0].result.floor_errors)
    values = {name: [one[name] for one in floors] for name in floors[0] if all(name in one for one in floors)}
    return (
        {name: mean(some) for name, some in values.items()},
        {name: stdev(some) / math.sqrt(len(some)) for name, some in values.items()},
    )


def _known(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items() if value is not None}


def labelled_as_in(table: Table, runs: Sequence[Run]) -> list[Run]:
    """`runs` with the labels of their rows in `table`, which differ even where two sweeps use the same label."""
    labels = {run_id: row.label for row in table.rows for run_id in row.runs.values()}
    return [
        run if run.label == labels[run.id] else replace(run, spec_file=_labelled(run.spec_file, labels[run.id]))
        for run in runs
    ]


def _labelled(spec_file: SpecFile, label: str) -> SpecFile:
    return spec_file.model_copy(update={"spec": spec_file.spec.model_copy(update={"label": label})})
