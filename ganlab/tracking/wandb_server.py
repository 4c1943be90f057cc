"""What W&B's server has of one run, as its public API tells it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

FILES_A_QUERY = 1000
STEPS_A_QUERY = 1000


class OnServer:
    """The rows and files that the server has of the run at `place`, ``ENTITY/PROJECT/ID``.

    Raises:
        CommError: the server does not answer, or has no such run.
    """

    def __init__(self, place: str) -> None:
        import wandb

        self._run: Any = wandb.Api().run(place)
        self._rows: dict[int | None, list[Mapping[str, Any]]] = {}
        for row in self._run.scan_history(page_size=STEPS_A_QUERY, use_cache=False):
            self._rows.setdefault(row.get("global_step"), []).append(row)
        self._files = {file.name for file in self._run.files(per_page=FILES_A_QUERY)}

    def has_picture(self, global_step: int, name: str, path: Path) -> bool:
        """Whether a row has the picture called `name`; where its file is not there, it is brought from `path`."""
        for row in self._rows.get(global_step, []):
            if isinstance(row.get(name), Mapping):
                place = row[name]["path"]
                if place not in self._files:
                    self._upload(path, place)
                return True
        return False

    def lacks(self, steps: Sequence[int]) -> str:
        """Which of the rows with these global `steps`, or of their pictures, are missing, in words; "" if none is."""
        rows = [step for step in steps if step not in self._rows]
        values = (value for at_step in self._rows.values() for row in at_step for value in row.values())
        named = (value["path"] for value in values if _is_picture(value))
        pictures = [path for path in named if path not in self._files]
        parts = [f"{len(rows)} rows" if rows else "", f"{len(pictures)} pictures" if pictures else ""]
        return " and ".join(filter(None, parts))

    def _upload(self, path: Path, place: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / place
            copy.parent.mkdir(parents=True)
            shutil.copyfile(path, copy)
            self._run.upload_file(str(copy), root=folder)
        self._files.add(place)


def missing(place: str, steps: Sequence[int], timeout_s: float = 10.0) -> str:
    """What the server lacks of a run, as `OnServer.lacks` says it; it has `timeout_s` to take in what it was sent."""
    deadline = time.monotonic() + timeout_s
    while (lacking := OnServer(place).lacks(steps)) and time.monotonic() < deadline:
        time.sleep(1.0)
    return lacking


def _is_picture(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("_type") == "image-file"
