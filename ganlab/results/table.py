"""The benchmark table of a sweep: one row a label, one column a metric, one cell the values of all seeds.

A cell's value is the final one, never that of the best checkpoint; the best value over the evaluations of a
run is a column of its own, ``best/<metric>``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ganlab.errors import InputError
from ganlab.registry import did_you_mean
from ganlab.results.runs import Run, read_runs, refuse_mixed_cell, refuse_mixed_protocols
from ganlab.results.statistics import Statistics, describe, distinguishable_best

BESIDE_THE_PRIMARY = (
    *("kl_reverse", "kl_forward", "js", "ks"),
    *("high_quality", "modes_covered", "mode_kl"),
    *("inception_score", "kid", "precision", "recall", "density", "coverage", "classifier_score"),
)
NEVER_FINITE = {"value": None}

Groups = dict[tuple[str, str], list[Run]]
"""Runs by (dataset, label)."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A metric by its `name`, or ``best/`` and that name."""

    name: str
    better: Literal["lower", "higher"]
    estimator: str

    @property
    def metric(self) -> str:
        return self.name.removeprefix("best/")

    @property
    def best(self) -> bool:
        return self.name != self.metric


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The values of the finished seeds, by seed, and whether their mean is distinguishably the best.

    `statistics` is None where no seed has a value. An infinite value stays infinite.
    """

    values: Mapping[int, float]
    statistics: Statistics | None
    best: bool

    @property
    def n(self) -> int:
        return len(self.values)


@dataclass(frozen=True, kw_only=True)
class Row:
    """All runs of one label on one data set.

    Attributes:
        steps: how many steps each run trains.
        runs: run ids by seed, whatever became of them.
        finished: how many runs finished.
        diverged: the step at which each diverged run did, by seed.
        missing: the seeds whose runs are not done yet.
        cells: by the column's name.
    """

    label: str
    dataset: str
    steps: int
    runs: Mapping[int, str]
    finished: int
    diverged: Mapping[int, int]
    missing: tuple[int, ...]
    cells: Mapping[str, Cell]


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How the runs on one data set were measured: `samples` drawn from the `generator`'s weights named,
    against `reference`; `floors` holds what as many true samples score, by metric.
    """

    samples: int
    generator: str
    reference: str
    floors: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows grouped by data set, in the order of the sweep, and the protocol of each data set."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    protocols: Mapping[str, Protocol]

    @property
    def datasets(self) -> tuple[str, ...]:
        """The data sets in the order of the rows."""
        return tuple(dict.fromkeys(row.dataset for row in self.rows))

    def floors(self, dataset: str) -> dict[str, float]:
        """The known floors on `dataset` of the columns, by the column's name."""
        known = self.protocols[dataset].floors if dataset in self.protocols else {}
        return {column.name: known[column.name] for column in self.columns if column.name in known}


def build(folder: Path, metrics: list[str] | None = None) -> Table:
    """The table of the sweep in `folder`.

    Args:
        folder: the sweep's run directories.
        metrics: the columns, for example ``["w1", "best/w1"]``; by default the primary metric and the
            common divergences.

    Raises:
        InputError: no finished run, an unknown metric, or runs that must not share a cell or a column.
    """
    runs = read_runs(folder)
    columns = _columns(runs, metrics)
    for column in columns:
        refuse_mixed_protocols(runs, column.metric)
    groups = _groups(runs)
    best = {column.name: _best(groups, column) for column in columns}
    return Table(
        columns=columns,
        rows=tuple(_row(group, columns, best) for group in groups.values()),
        protocols=_protocols(runs),
    )


def _columns(runs: list[Run], metrics: list[str] | None) -> tuple[Column, ...]:
    finished = [run for run in runs if run.finished]
    known = {name: rules for run in finished for name, rules in run.protocol["metrics"].items()}
    known |= {f"best/{name}": known[name] for run in finished for name in run.result["best"]}
    if not metrics:
        primary = finished[0].protocol["primary"]
        metrics = [primary, *(name for name in BESIDE_THE_PRIMARY if name in known)]
    for name in metrics:
        if name not in known:
            raise InputError(f"unknown metric '{name}'; {did_you_mean(name, known)}")
    return tuple(
        Column(name=name, better=known[name]["better"], estimator=known[name]["estimator"])
        for name in dict.fromkeys(metrics)
    )


def _groups(runs: list[Run]) -> Groups:
    """The runs of each cell by seed, data set by data set, in the order of the sweep."""
    datasets = list(dict.fromkeys(run.dataset for run in runs))
    groups: Groups = {}
    for run in sorted(runs, key=lambda run: datasets.index(run.dataset)):
        groups.setdefault((run.dataset, run.label), []).append(run)
    for group in groups.values():
        refuse_mixed_cell(group)
        group.sort(key=lambda run: run.seed)
    return groups


def _best(groups: Groups, column: Column) -> set[tuple[str, str]]:
    """The groups that are distinguishably the best on their data set; one with a diverged run never is."""
    best = set()
    for dataset in {dataset for dataset, _ in groups}:
        values = {
            label: list(_values(group, column).values()) for (on, label), group in groups.items() if on == dataset
        }
        best |= {(dataset, label) for label in distinguishable_best(values, column.better)}
    return {key for key in best if not any(run.diverged for run in groups[key])}


def _row(runs: list[Run], columns: tuple[Column, ...], best: Mapping[str, set[tuple[str, str]]]) -> Row:
    label, dataset = runs[0].label, runs[0].dataset
    return Row(
        label=label,
        dataset=dataset,
        steps=int(runs[0].spec["steps"]),
        runs={run.seed: run.id for run in runs},
        finished=sum(run.finished for run in runs),
        diverged={run.seed: int(run.result["diverged_at"]) for run in runs if run.diverged},
        missing=tuple(run.seed for run in runs if run.summary is None),
        cells={column.name: _cell(_values(runs, column), (dataset, label) in best[column.name]) for column in columns},
    )


def _cell(values: dict[int, float], best: bool) -> Cell:
    return Cell(values=values, statistics=describe(list(values.values())) if values else None, best=best)


def _values(runs: list[Run], column: Column) -> dict[int, float]:
    """The column's value of each finished run that measured it, by seed."""
    return {
        run.seed: _number(_recorded(run, column), column.better)
        for run in runs
        if run.finished and column.metric in run.protocol["metrics"]
    }


def _recorded(run: Run, column: Column) -> float | None:
    best, final = run.result["best"], run.result["final"]
    number: float | None = best.get(column.metric, NEVER_FINITE)["value"] if column.best else final[column.metric]
    return number


def _number(recorded: float | None, better: Literal["lower", "higher"]) -> float:
    """A recorded number; null is how a run directory writes an infinite one, the worst there is."""
    if recorded is None:
        return math.inf if better == "lower" else -math.inf
    return float(recorded)


def _protocols(runs: list[Run]) -> dict[str, Protocol]:
    """The protocol of each data set on which a run has finished."""
    first_on: dict[str, Run] = {}
    for run in runs:
        if run.finished:
            first_on.setdefault(run.dataset, run)
    return {dataset: _protocol(run.protocol, run.result["floors"]) for dataset, run in first_on.items()}


def _protocol(protocol: Mapping[str, Any], floors: Mapping[str, float | None]) -> Protocol:
    return Protocol(
        samples=int(protocol["samples"]),
        generator=str(protocol["generator"]),
        reference=str(protocol["reference"]),
        floors={name: float(value) for name, value in floors.items() if value is not None},
    )
