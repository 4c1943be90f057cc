"""Uploading the runs that W&B's client recorded offline, with ``wandb sync`` underneath."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ganlab.errors import InputError
from ganlab.record.files import for_shell
from ganlab.tracking.wandb_folder import is_being_written, is_uploaded


@dataclass(frozen=True, kw_only=True)
class Upload:
    """The result of uploading the offline runs of the sweep in `folder`.

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
        return f"{for_shell(self.folder)}: {', '.join(filter(None, parts)) or 'no offline runs'}"


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
    """Upload the offline runs in the sweep's folder `sweep` that were not uploaded yet.

    A run that is still being written is left: W&B's client would mark it as uploaded.

    Raises:
        InputError: there is no such folder.
    """
    require_sweeps([sweep])
    runs = sorted((sweep / "wandb").glob("offline-run-*"))
    present = [run for run in runs if is_uploaded(run)]
    left = [run for run in runs if run not in present]
    complete = [run for run in left if not is_being_written(run)]
    said = _wandb_sync(complete, sweep) if complete else ""
    failed = [run for run in complete if not is_uploaded(run)]
    return Upload(
        folder=sweep,
        uploaded=len(complete) - len(failed),
        present=len(present),
        being_written=len(left) - len(complete),
        failed=len(failed),
        why=_reason(said),
    )


def _wandb_sync(runs: list[Path], sweep: Path) -> str:
    """The output of ``wandb sync``; its exit status is 0 even if runs failed. Its own log goes below `sweep`."""
    command = [sys.executable, "-m", "wandb", "sync", *(str(run.resolve()) for run in runs)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    said = subprocess.run(
        command, cwd=sweep, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    ).stdout
    return said.decode(errors="backslashreplace")


def _reason(said: str) -> str:
    """The errors among the lines that ``wandb sync`` printed, or else its last line."""
    lines = [line.removeprefix("wandb: ").strip() for line in said.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR ") for line in lines if line.startswith("ERROR ")]
    return "; ".join(dict.fromkeys(errors or lines[-1:]))
