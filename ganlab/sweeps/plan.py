"""The plan of a sweep: which runs are done, which are left, and how these are packed into populations."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

from ganlab.errors import InputError
from ganlab.networks import BUILDERS
from ganlab.record import RunDirectory
from ganlab.record.spec import OtherRevisionError, RunSpec, SpecFile
from ganlab.record.sweep_index import SweepIndex, read_index, write_index
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import Sweep
from ganlab.training import checkpoint
from ganlab.training.devices import find_device
from ganlab.training.record import require_rows
from ganlab.training.recorded import parse_spec

LARGEST_POPULATION = 32
"""Members in one program; on a CPU, more do not fit into the cache."""


State = Literal["done", "continue", "new", "damaged"]


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One run of the sweep, and how far it is.

    Attributes:
        state: "damaged" if its record can neither be continued nor counted as done.
        iteration: that of its checkpoint; 0 if it has not started.
        fault: what is damaged, in words; empty if nothing is.
    """

    spec: RunSpec
    folder: Path
    state: State
    iteration: int
    fault: str = ""

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as a record, because the receiving process has not loaded the plugins yet."""
        return _planned_run, (self.spec.record(), self.folder, self.state, self.iteration, self.fault)


def _planned_run(record: Mapping[str, Any], folder: Path, state: State, iteration: int, fault: str) -> PlannedRun:
    spec = parse_spec(record, str(folder))
    return PlannedRun(spec=spec, folder=folder, state=state, iteration=iteration, fault=fault)


@dataclass(frozen=True, kw_only=True, eq=False)
class Job:
    """Runs that are trained as one population, from the same iteration on."""

    sweep: str
    runs: tuple[PlannedRun, ...]
    compiled: bool
    device: str
    did_not_fit: tuple[int, ...] = ()
    """The sizes of populations that its runs were tried in before and that had no memory."""

    @property
    def title(self) -> str:
        """The labels of its rows, in words."""
        return " + ".join(dict.fromkeys(run.spec.label for run in self.runs))

    @property
    def steps(self) -> int:
        return self.runs[0].spec.steps

    @property
    def start(self) -> int:
        """The iteration that it continues from."""
        return self.runs[0].iteration

    @property
    def cost(self) -> int:
        """How many updates, of all members and both players, are left."""
        spec = self.runs[0].spec
        players = ("discriminator", "generator")
        whole, made = (sum(spec.updates_before(one, end) for one in players) for end in (self.steps, self.start))
        return len(self.runs) * (whole - made)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All runs of a sweep, in the order of the table, and the jobs that are left.

    Attributes:
        found: a line on what was found in each data set that is read from files.
    """

    folder: Path
    device: torch.device
    signature: str
    found: tuple[str, ...]
    runs: tuple[PlannedRun, ...]
    jobs: tuple[Job, ...]


def make_plan(sweep: Sweep, runs_folder: Path, slots: int, compiled: bool = True) -> Plan:
    """The plan of `sweep`, recorded under `runs_folder`, for an engine that runs `slots` jobs at once."""
    folder = runs_folder / sweep.name
    device = find_device(sweep.device)
    found: list[str] = []
    specs = resolve(sweep, found.append)
    runs = tuple(_look_up(spec, folder) for spec in specs)
    jobs = [
        Job(sweep=sweep.name, runs=tuple(group), compiled=compiled, device=str(device))
        for group in _pack([run for run in runs if run.state in ("continue", "new")], slots)
    ]
    return Plan(
        folder=folder,
        device=device,
        signature=_signature(sweep),
        found=tuple(found),
        runs=runs,
        jobs=tuple(sorted(jobs, key=lambda job: job.cost, reverse=True)),
    )


def split(job: Job) -> list[Job]:
    """The runs of `job`, for which there was no memory together, as smaller jobs from their last checkpoints on."""
    folder = job.runs[0].folder.parent
    runs = [_look_up(run.spec, folder) for run in job.runs]
    left = [run for run in runs if run.state in ("continue", "new")]
    return [replace(job, runs=tuple(g), did_not_fit=(*job.did_not_fit, len(job.runs))) for g in _pack(left, slots=2)]


def write_plan(plan: Plan) -> None:
    """Write the plan to disk: the specs of all runs, and `sweep.json`, which lists those of the sweep's table.

    Runs of an earlier launch stay listed if that launch differed only in rows and seeds.
    """
    for run in plan.runs:
        if run.state in ("continue", "new"):
            open_run(run, plan.folder.name).close()
    ids = dict.fromkeys([*_still_listed(plan), *(run.spec.id for run in plan.runs)])
    write_index(plan.folder, SweepIndex(signature=plan.signature, runs=tuple(ids)))


def unlisted(plan: Plan) -> list[str]:
    """The ids of finished runs that `sweep.json` lists, and no longer will once the plan is on disk."""
    staying = {*_still_listed(plan), *(run.spec.id for run in plan.runs)}
    return [name for name in _listed(plan) if name not in staying and RunDirectory(plan.folder / name).is_done()]


def runs_of_other_texts(plan: Plan) -> dict[str, int]:
    """How many runs that `sweep.json` lists carry another text of a plugin than the plan's, by the plugin's name."""
    now = {plugin.name: plugin for plugin in plan.runs[0].spec.plugins}
    listed = _listed(plan) if now else ()
    changed: Counter[str] = Counter()
    for directory in (RunDirectory(plan.folder / name) for name in listed):
        recorded = _recorded_spec(directory)
        plugins = recorded.plugins if recorded else ()
        changed.update(one.name for one in plugins if one != now.get(one.name, one))
    return changed


def _still_listed(plan: Plan) -> list[str]:
    """The ids that `sweep.json` lists and that stay listed once the plan is on disk."""
    before = read_index(plan.folder)
    return _still_fitting(before.runs, plan) if before and before.signature == plan.signature else []


def _listed(plan: Plan) -> tuple[str, ...]:
    """The ids that `sweep.json` lists."""
    index = read_index(plan.folder)
    return index.runs if index else ()


def _still_fitting(ids: Sequence[str], plan: Plan) -> list[str]:
    """Those of `ids` that are still there, and whose row the plan does not hold with other settings."""
    settings = {(run.spec.dataset, run.spec.label): _with_seed_0(run.spec) for run in plan.runs}
    kept = []
    for name in ids:
        recorded = _recorded_spec(RunDirectory(plan.folder / name))
        if recorded is None:
            continue
        planned = settings.get((recorded.dataset, recorded.label))
        if planned is None or planned == _with_seed_0(recorded):
            kept.append(name)
    return kept


def _recorded_spec(directory: RunDirectory) -> RunSpec | None:
    """The spec of a run; None where it is not there, or is of another revision."""
    try:
        return directory.spec().spec if directory.exists() else None
    except OtherRevisionError:
        return None


def _with_seed_0(spec: RunSpec) -> RunSpec:
    return spec.model_copy(update={"seed": 0})


def open_run(run: PlannedRun, sweep: str) -> RunDirectory:
    """The directory of `run`, open for writing."""
    return RunDirectory(run.folder).open(SpecFile.of(run.spec, sweep))


def _look_up(spec: RunSpec, folder: Path) -> PlannedRun:
    """How far the run is. A run that cannot be read is damaged; the others are trained."""
    directory = RunDirectory(folder / spec.id)
    try:
        if directory.exists():
            directory.require_spec(SpecFile.of(spec, folder.name))
        if directory.summary() is not None:
            return PlannedRun(spec=spec, folder=directory.path, state="done", iteration=0)
        found = checkpoint.find(directory, spec)
        if found is not None:
            require_rows(directory, spec, found.content.iteration, alive=found.alive)
    except InputError as error:
        return PlannedRun(spec=spec, folder=directory.path, state="damaged", iteration=0, fault=str(error))
    if found is None:
        return PlannedRun(spec=spec, folder=directory.path, state="new", iteration=0)
    iteration = found.content.iteration
    return PlannedRun(spec=spec, folder=directory.path, state="continue", iteration=iteration, fault=found.fault)


def _pack(runs: Sequence[PlannedRun], slots: int) -> list[list[PlannedRun]]:
    """Runs of equal program and iteration in groups that fit a population, at least one for each slot."""
    alike: dict[tuple[str, int], list[PlannedRun]] = {}
    for run in runs:
        alike.setdefault((run.spec.program, run.iteration), []).append(run)
    groups = []
    for group in alike.values():
        size = 1 if BUILDERS[group[0].spec.builder.name].convolutional else LARGEST_POPULATION
        groups += [group[start : start + size] for start in range(0, len(group), size)]
    while groups and len(groups) < slots:
        largest = max(groups, key=len)
        if len(largest) == 1:
            break
        middle = (len(largest) + 1) // 2
        position = groups.index(largest)
        groups[position : position + 1] = [largest[:middle], largest[middle:]]
    return groups


def _signature(sweep: Sweep) -> str:
    """Equal for two launches of a sweep that differ only in rows and seeds."""
    settings = sweep.model_dump(mode="json", exclude={"name", "variants", "seeds", "device"})
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
