"""Bringing to W&B what its server lacks of the runs of a sweep: those recorded offline, and those cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.record.files import for_shell, read_json
from ganlab.record.run_directory import RunDirectory, runs_in
from ganlab.tracking.mirrored_run import MirroredRun
from ganlab.tracking.wandb_folder import is_being_written
from ganlab.tracking.wandb_tracker import WandbSession, WandbTracker, is_sent

AT_ONCE = 8
"""Runs that are sent at the same time."""


@dataclass(frozen=True, kw_only=True)
class Upload:
    """The result of uploading the runs of the sweep in `folder`.

    Attributes:
        uploaded: how many were uploaded now.
        present: how many had been before.
        being_written: how many are still being written, and were left alone.
        failed: how many could not be uploaded, for the reason `why`.
    """

    folder: Path
    uploaded: int
    present: int
    being_written: int
    failed: int
    why: str

    def __str__(self) -> str:
        parts = [
            f"{self.uploaded} uploaded" if self.uploaded else "",
            f"{self.present} already there" if self.present else "",
            f"{self.being_written} still being written, upload later" if self.being_written else "",
            f"{self.failed} failed ({self.why})" if self.failed else "",
        ]
        return f"{for_shell(self.folder)}: {', '.join(filter(None, parts)) or 'no runs to upload'}"


def require_sweeps(folders: Sequence[Path]) -> None:
    """Refuse `folders` of sweeps if one of them is not there.

    Raises:
        InputError: it is not.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"there is no folder '{folder}'; give the folder of a sweep, such as runs/gaussian_1d")


def sweeps_with_wandb(runs: Path) -> list[Path]:
    """The folders of the sweeps under `runs` in which W&B's client has recorded runs.

    Raises:
        InputError: there is none.
    """
    found = [folder.parent for folder in sorted(runs.glob("*/wandb"))]
    if not found:
        raise InputError(f"there is no sweep under {runs} with runs for W&B; name the folder of one, or --runs")
    return found


def upload(sweep: Path) -> Upload:
    """Bring to W&B what it lacks of the runs in the sweep's folder `sweep`, from their directories.

    A run that is still being written is left, and so is one that is not done and that W&B has not been told of.

    Raises:
        InputError: there is no such folder.
    """
    require_sweeps([sweep])
    runs = [(run, _state(run)) for run in runs_in(sweep)]
    begun = [(run, state) for run, state in runs if state or run.is_done()]
    left = [(run, state) for run, state in begun if not (state and _is_present(run, state))]
    free = [run for run, state in left if not (state and is_being_written(sweep / state["folder"]))]
    faults = _send_all(free) if free else []
    return Upload(
        folder=sweep,
        uploaded=len(free) - len(faults),
        present=len(begun) - len(left),
        being_written=len(left) - len(free),
        failed=len(faults),
        why="; ".join(dict.fromkeys(faults)),
    )


def _state(run: RunDirectory) -> Mapping[str, Any] | None:
    """What ``wandb.json`` says of a run; None where there is none."""
    path = run.path / "wandb.json"
    return dict(read_json(path)) if path.exists() else None


def _send_all(runs: Sequence[RunDirectory]) -> list[str]:
    """Send what W&B lacks of `runs`; gives what went wrong."""
    import wandb

    session = WandbSession(uploads=True)
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [fault for fault in pool.map(lambda run: _send(run, session), runs) if fault]
    finally:
        wandb.teardown()


def _is_present(run: RunDirectory, state: Mapping[str, Any]) -> bool:
    """Whether the server has all that there is of a run with this ``wandb.json``."""
    if run.is_done() or state["mode"] != "online":
        return is_sent(state, uploads=True)
    rows = run.metrics()
    return bool(rows) and state["last_step"] == rows[-1]["global_step"]


def _send(run: RunDirectory, session: WandbSession) -> str:
    """Send what W&B lacks of `run`; gives what went wrong, or nothing."""
    mirrored = MirroredRun(run, WandbTracker(session))
    mirrored.update()
    mirrored.finish()
    return " ".join(str(mirrored.fault).split()) if mirrored.fault else ""
