"""Finding a run that a user names."""

from __future__ import annotations

from pathlib import Path

from ganlab.errors import InputError
from ganlab.record.run_directory import RunDirectory
from ganlab.record.run_files import SPEC
from ganlab.record.sweep_index import INDEX
from ganlab.registry import did_you_mean


def find_run(name: str, runs_folder: Path) -> RunDirectory:
    """The run whose folder or id is `name`, looked for in every sweep under `runs_folder`.

    Raises:
        InputError: there is none, or there are several of that id.
    """
    if (Path(name) / SPEC).exists():
        return RunDirectory(Path(name))
    known = [spec.parent for spec in sorted(runs_folder.glob(f"*/*/{SPEC}"))]
    found = [folder for folder in known if folder.name == name]
    if len(found) > 1:
        places = " and ".join(map(str, found))
        raise InputError(f"the run '{name}' stands in {places}; name one of these folders instead")
    if not found:
        if (Path(name) / INDEX).exists():
            raise InputError(f"'{name}' is a whole sweep; name one of its runs, such as {_one_of(Path(name))}")
        ids = [folder.name for folder in known]
        raise InputError(f"there is no run '{name}' under {runs_folder}; {did_you_mean(name, ids)}")
    return RunDirectory(found[0])


def _one_of(sweep: Path) -> str:
    return next((str(spec.parent) for spec in sorted(sweep.glob(f"*/{SPEC}"))), f"{sweep}/RUN_ID")
