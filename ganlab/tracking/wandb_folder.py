"""The folder in which W&B's client keeps one run: ``wandb/offline-run-TIME-ID``, online ``wandb/run-TIME-ID``."""

from __future__ import annotations

import shutil
from glob import escape
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout


def lock_of(folder: Path) -> BaseFileLock:
    """To be held while the run is written; the system releases it when the process ends or crashes."""
    return FileLock(folder / ".lock", timeout=0, thread_local=False)


def is_being_written(folder: Path) -> bool:
    """Whether another process, or another lock of this one, writes the run."""
    try:
        with lock_of(folder):
            return False
    except Timeout:
        return True


def is_uploaded(folder: Path) -> bool:
    """Whether ``wandb sync`` has marked the offline run as uploaded."""
    return any(folder.glob("run-*.wandb.synced"))


def remove_earlier(folder: Path, run_id: str) -> None:
    """Remove the folders beside `folder` that hold an earlier attempt at the same W&B run."""
    for other in folder.parent.glob(f"*run-*{escape(run_id)}*"):
        if other != folder and (other / f"run-{run_id}.wandb").exists():
            shutil.rmtree(other)
