"""Where runs are read from: folders of sweeps, archives, and W&B."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganlab.errors import InputError
from ganlab.extras import needed_for
from ganlab.record import Summary
from ganlab.record.rows import EVALUATION, Row, evaluations
from ganlab.record.run_directory import RunDirectory, runs_in
from ganlab.record.run_files import SPEC
from ganlab.record.search import SEARCH, RowSearch, read_search
from ganlab.record.sweep_index import INDEX, read_index
from ganlab.results.chosen import require_own_search
from ganlab.results.runs import Run, contradictions

WANDB = "wandb:"


@dataclass(frozen=True)
class Folder:
    """A run directory as the origin of a run, which ended with `summary` if it is done."""

    folder: Path
    summary: Summary | None

    def rows(self) -> list[Row]:
        directory = RunDirectory(self.folder)
        return directory.final_metrics(self.summary) if self.summary else directory.metrics()

    def evaluations(self) -> list[Row]:
        if self.summary is None:
            return evaluations(self.rows())
        return RunDirectory(self.folder).final_metrics(self.summary, holding=EVALUATION)

    def file(self, name: str) -> bytes | None:
        directory = RunDirectory(self.folder)
        if self.summary and name == directory.metrics_path.name:
            return directory.final_text(self.summary)
        path = self.folder / name
        return path.read_bytes() if self.summary and path.is_file() else None


def read_runs(sources: Sequence[str], filters: Sequence[str] = ()) -> list[Run]:
    """The runs of all `sources` for a table, which needs one at least that has finished; see `find_runs`.

    Raises:
        InputError: as `find_runs`, or none has finished.
    """
    runs = find_runs(sources, filters)
    require_finished(runs, " in " + " and ".join(map(repr, sources)))
    return runs


def require_finished(runs: Sequence[Run], where: str = "") -> None:
    """Refuse runs, which were read from some place `where`, that no table can be made of.

    Raises:
        InputError: none has finished.
    """
    if not any(run.finished for run in runs):
        diverged = sum(run.diverged for run in runs)
        raise InputError(
            f"no run{where} has finished ({diverged} diverged, {len(runs) - diverged} not done yet), and a table needs "
            "at least one that has"
        )


def find_runs(sources: Sequence[str], filters: Sequence[str] = ()) -> list[Run]:
    """The runs of all `sources` in their order; a run that several of them hold is listed once.

    Args:
        sources: folders of sweeps, archives (``FILE.zip``), and projects in W&B (``wandb:ENTITY/PROJECT``).
        filters: ``KEY=VALUE``, of W&B's runs.

    Raises:
        InputError: a source is not there or holds no run, or a run has other results elsewhere.
    """
    if filters and not any(source.startswith(WANDB) for source in sources):
        raise InputError("--filter chooses among the runs of wandb:ENTITY/PROJECT, and no such source is given")
    return _once((source, run) for source in sources for run in _read(source, filters))


def _read(source: str, filters: Sequence[str]) -> list[Run]:
    if source.startswith(WANDB):
        with needed_for("reading runs of W&B"):
            from ganlab.results.wandb_runs import wandb_runs

        return wandb_runs(source.removeprefix(WANDB), filters)
    if source.endswith((".yaml", ".yml")):
        raise InputError(f"{source} is a sweep's file; give the folder of its runs, such as runs/{Path(source).stem}")
    if Path(source).is_file():
        from ganlab.results.archive import archived_runs

        return archived_runs(Path(source))
    return _recorded_runs(Path(source))


def _recorded_runs(folder: Path) -> list[Run]:
    """The runs of the sweep in `folder`, as its `sweep.json` lists them, or all by name where there is none.

    A folder also keeps the runs of earlier launches with other settings, which are not part of its table.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'; give the folder of a sweep, such as runs/gaussian_1d")
    if (folder / SPEC).exists():
        raise InputError(f"'{folder}' is one run; give the folder of its sweep, '{folder.parent}'")
    index = read_index(folder)
    found = {directory.path.name: directory for directory in runs_in(folder)}
    listed = list(index.runs if index else found)
    lost = [name for name in listed if name not in found]
    if lost:
        raise InputError(
            f"{folder / INDEX} lists {len(lost)} of {len(listed)} runs that cannot be read in '{folder}', such as "
            f"{lost[0]}; bring them back, or launch the sweep again"
        )
    directories = [found[name] for name in listed]
    search = read_search(folder)
    runs = [_recorded_run(one, search.of_run(one.path.name) if search else None) for one in directories]
    if index is None:
        runs.sort(key=lambda run: (run.dataset, run.label))
    if not runs:
        raise InputError(f"'{folder}' holds no run; give the folder of a sweep, such as runs/gaussian_1d")
    return runs


def _recorded_run(directory: RunDirectory, search: RowSearch | None) -> Run:
    summary = directory.summary()
    origin = Folder(directory.path, summary)
    run = Run(spec_file=directory.spec(), summary=summary, origin=origin, search=search)
    if run.done and (fault := next(contradictions(run), None)):
        raise InputError(
            f"{directory.path}/{fault}; it is another run's, or was edited: restore it, or remove the folder"
        )
    require_own_search(run, str(directory.path.parent / SEARCH))
    return run


def _once(sourced: Iterable[tuple[str, Run]]) -> list[Run]:
    """Each run as the first source has it in which it is done, or else as the first.

    Raises:
        InputError: two sources have other results.
    """
    known: dict[str, tuple[str, Run]] = {}
    for source, run in sourced:
        earlier, first = known.setdefault(run.id, (source, run))
        if run.done and not first.done:
            known[run.id] = (source, run)
        elif run.done and first.result.final != run.result.final:
            raise InputError(f"run {run.id} ended otherwise in '{source}' than in '{earlier}'; leave one of them out")
    return [run for _, run in known.values()]
