"""The runs of a sweep as a table needs them, and the refusal to mix what must not be mixed."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.tracking.files import read_json
from ganlab.tracking.run_directory import runs_in

NOT_PART_OF_A_CELL = ("id", "seed", "sweep")
SHORT = reprlib.Repr()
SHORT.maxstring = SHORT.maxother = 60


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run directory: its `spec`, and its `summary` once the run is done."""

    spec: Mapping[str, Any]
    summary: Mapping[str, Any] | None

    @property
    def id(self) -> str:
        return str(self.spec["id"])

    @property
    def label(self) -> str:
        return " ".join(str(self.spec["label"]).split())

    @property
    def dataset(self) -> str:
        return str(self.spec["dataset"])

    @property
    def seed(self) -> int:
        return int(self.spec["seed"])

    @property
    def finished(self) -> bool:
        return self.summary is not None and self.summary["status"] == "finished"

    @property
    def diverged(self) -> bool:
        return self.summary is not None and self.summary["status"] == "diverged"

    @property
    def result(self) -> Mapping[str, Any]:
        """The summary of a run that is done."""
        assert self.summary is not None, f"run {self.id} is not done"
        return self.summary

    @property
    def protocol(self) -> Mapping[str, Any]:
        """How a run that is done was measured."""
        protocol: Mapping[str, Any] = self.result["protocol"]
        return protocol


def read_runs(folder: Path) -> list[Run]:
    """The runs of the sweep in `folder`, as its `sweep.json` lists them, or all by name where there is none.

    A folder also keeps the runs of earlier launches with other settings, which are not part of its table.

    Raises:
        InputError: there is no such folder, it holds no run, or none of its runs has finished.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'; give the folder of a sweep, such as runs/gaussian_1d")
    index = folder / "sweep.json"
    found = {directory.path.name: directory for directory in runs_in(folder)}
    listed = read_json(index)["runs"] if index.exists() else list(found)
    runs = [Run(spec=found[name].spec(), summary=found[name].summary()) for name in listed if name in found]
    if not index.exists():
        runs.sort(key=lambda run: (run.dataset, run.label))
    if not runs:
        raise InputError(f"'{folder}' holds no run; give the folder of a sweep, such as runs/gaussian_1d")
    if not any(run.finished for run in runs):
        diverged = sum(run.diverged for run in runs)
        raise InputError(
            f"no run in '{folder}' has finished ({diverged} diverged, {len(runs) - diverged} not done yet), "
            "and a table needs at least one that has"
        )
    return runs


def refuse_mixed_cell(runs: list[Run]) -> None:
    """Check that the runs of one cell differ in their seed alone, and that no seed counts twice.

    Raises:
        InputError: they do not; it names two runs and the difference.
    """
    first = runs[0]
    by_seed: dict[int, Run] = {}
    for run in runs:
        difference = _difference(_without(first.spec), _without(run.spec))
        if difference:
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
    first, *others = [run for run in first_on.values() if metric in run.protocol["metrics"]]
    for run in others:
        _refuse_unlike(first, run, metric, same_data=False)


def _refuse_unlike(first: Run, second: Run, metric: str, same_data: bool = True) -> None:
    difference = _difference(_protocol_of(first, metric, same_data), _protocol_of(second, metric, same_data))
    if difference:
        raise InputError(
            f"runs {first.id} and {second.id} must not share the column '{metric}': their protocols differ "
            f"({difference}); measure both alike, or make a table of each"
        )


def _protocol_of(run: Run, metric: str, same_data: bool) -> dict[str, Any]:
    """All that says how `metric` was measured; on other data, without what says against what.

    Extractors are named by the estimators of the metrics that need them.
    """
    left_out = {"metrics", "primary", "extractors", "absent"}
    if not same_data:
        left_out |= {"reference", "reference_sha256", "reference_images"}
    common = {key: value for key, value in run.protocol.items() if key not in left_out}
    return common | {metric: run.protocol["metrics"].get(metric)}


def _without(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in spec.items() if key not in NOT_PART_OF_A_CELL}


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
