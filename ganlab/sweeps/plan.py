"""The plan of a sweep: which runs are done, which are left, and how these are packed into populations."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ganlab.engines.job import Job, titled
from ganlab.engines.runs import FoundRun, look_up, pack
from ganlab.errors import InputError
from ganlab.record import RunDirectory, runs_in
from ganlab.record.lease import HeldError, Watcher, hold
from ganlab.record.search import SearchFile, write_search
from ganlab.record.spec import RunSpec
from ganlab.record.spec_file import OtherRevisionError, SpecFile
from ganlab.record.sweep_index import SweepIndex, read_index, write_index
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import Sweep


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All runs of a sweep, in the order of the table, and the jobs that are left.

    Attributes:
        found: a line on what was found in each data set that is read from files.
        search: how the settings of its rows were chosen, if they were.
        signature: of the sweep; None of runs that were gathered otherwise.
        again: whether these are some of the runs that are there already, beside which all others stay in the table.
        following: gives the plan to be launched once the jobs of this one have ended; of trials of a search.
    """

    folder: Path
    signature: str | None
    compiled: bool
    found: tuple[str, ...]
    runs: tuple[FoundRun, ...]
    jobs: tuple[Job, ...]
    search: SearchFile | None = None
    again: bool = False
    following: Callable[[], Plan] | None = None

    @property
    def settings(self) -> dict[str, str]:
        """What launchers that work on one sweep at the same time must have alike, for each row that both have."""
        common = f"{self.signature or ''}{' compiled' if self.compiled else ''}"
        rows = {f"{run.spec.dataset} {run.spec.label}": _with_seed_0(run.spec).sha256[:8] for run in self.runs}
        return {"": common, **rows}

    def runs_of(self, job: Job) -> list[FoundRun]:
        """The runs of one of its jobs."""
        return [self._by_folder[folder] for folder in job.runs]

    @cached_property
    def _by_folder(self) -> dict[Path, FoundRun]:
        return {run.folder: run for run in self.runs}


def make_plan(sweep: Sweep, runs_folder: Path, slots: int, compiled: bool = True) -> Plan:
    """The plan of `sweep`, recorded under `runs_folder`, for an engine that runs `slots` jobs at once."""
    folder = runs_folder / sweep.name
    found: list[str] = []
    specs = resolve(sweep, found.append)
    return plan_of(sweep, specs, folder, found, slots, compiled)


def plan_of(
    sweep: Sweep, specs: Sequence[RunSpec], folder: Path, found: Sequence[str], slots: int, compiled: bool
) -> Plan:
    """The plan of the runs of `specs`, which `sweep` has, recorded in `folder`."""
    runs = tuple(find(spec, folder) for spec in specs)
    return Plan(
        folder=folder,
        signature=signature_of(sweep),
        compiled=compiled,
        found=tuple(found),
        runs=runs,
        jobs=jobs_of(runs, slots, compiled, sweep.device),
    )


def find(spec: RunSpec, folder: Path) -> FoundRun:
    """The run of `spec` in the `folder` of its sweep, and how far it is."""
    directory = RunDirectory(folder / spec.id)
    if Watcher().holders(directory.path):
        return FoundRun(spec=spec, folder=directory.path, state="held", iteration=0)
    return look_up(SpecFile.of(spec, folder.name), directory)


def jobs_of(runs: Sequence[FoundRun], slots: int, compiled: bool, device: str) -> tuple[Job, ...]:
    """Those of `runs` that are left as jobs for an engine that runs `slots` of them at once, the longest first."""
    jobs = [
        Job(
            title=titled([run.spec.label for run in group]),
            runs=tuple(run.folder for run in group),
            start=group[0].iteration,
            steps=group[0].spec.steps,
            cost=sum(run.cost for run in group),
            compiled=compiled,
            device=device,
        )
        for group in pack([run for run in runs if run.is_left], slots)
    ]
    return tuple(sorted(jobs, key=lambda job: job.cost, reverse=True))


def write_plan(plan: Plan) -> None:
    """Write the plan to disk: the specs of all runs, `sweep.json`, which lists those of its table, and the search.

    Runs of an earlier launch stay listed if that launch differed only in rows and seeds. What killed processes left
    beside runs that are done is removed.
    """
    for run in plan.runs:
        directory = RunDirectory(run.folder)
        if run.state == "done":
            directory.tidy()
        if not directory.exists():
            directory.describe(SpecFile.of(run.spec, plan.folder.name))
    with _its_turn(plan.folder):
        ids = dict.fromkeys([*_still_listed(plan), *(run.spec.id for run in plan.runs)])
        if plan.search:
            write_search(plan.folder, plan.search)
        write_index(plan.folder, SweepIndex(signature=plan.signature, runs=tuple(ids)))


@contextmanager
def _its_turn(folder: Path) -> Iterator[None]:
    """Let no other launcher write `sweep.json` within the block."""
    with ExitStack() as stack:
        while True:
            with suppress(HeldError):  # for the moment that another one takes
                stack.enter_context(hold([folder], kind="index"))
                break
        yield


def unlisted(plan: Plan) -> list[str]:
    """The ids of finished runs that `sweep.json` lists, and no longer will once the plan is on disk."""
    staying = {*_still_listed(plan), *(run.spec.id for run in plan.runs)}
    return [name for name in _listed(plan) if name not in staying and RunDirectory(plan.folder / name).is_done()]


def runs_of_other_texts(plan: Plan) -> dict[str, int]:
    """How many runs that `sweep.json` lists carry another text of a plugin than the plan's, by the plugin's name."""
    now = plan.runs[0].spec.plugins  # of which two may have one name, from two folders
    names = {plugin.name for plugin in now}
    listed = _listed(plan) if now else ()
    changed: Counter[str] = Counter()
    for directory in (RunDirectory(plan.folder / name) for name in listed):
        with suppress(InputError):  # of damaged runs, the table tells
            recorded = _recorded_spec(directory)
            plugins = recorded.plugins if recorded else ()
            changed.update(one.name for one in plugins if one.name in names and one not in now)
    return changed


def _still_listed(plan: Plan) -> list[str]:
    """The ids that `sweep.json` lists and that stay listed once the plan is on disk."""
    before = read_index(plan.folder)
    if plan.again:
        return [*before.runs] if before else [directory.path.name for directory in runs_in(plan.folder)]
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
        try:
            recorded = _recorded_spec(RunDirectory(plan.folder / name))
        except InputError:
            kept.append(name)  # the table tells of it
            continue
        if recorded is None:
            continue
        planned = settings.get((recorded.dataset, recorded.label))
        if planned is None or planned == _with_seed_0(recorded):
            kept.append(name)
    return kept


def _recorded_spec(directory: RunDirectory) -> RunSpec | None:
    """The spec of a run; None where it is not there, or is of another revision.

    Raises:
        InputError: it is damaged.
    """
    try:
        return directory.spec().spec if directory.exists() else None
    except OtherRevisionError:
        return None


def _with_seed_0(spec: RunSpec) -> RunSpec:
    return spec.model_copy(update={"seed": 0})


def signature_of(sweep: Sweep) -> str:
    """Equal for two launches of a sweep that differ only in rows and seeds; of a search, in those that report it."""
    left_out = dict.fromkeys(("name", "variants", "seeds", "device", "engine"), True)
    settings = sweep.model_dump(mode="json", exclude={**left_out, "search": {"report_seeds"}})
    for newer in ("search", "primary"):
        if settings[newer] is None:
            del settings[newer]  # or sweeps that were launched before there was one would be other ones
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
