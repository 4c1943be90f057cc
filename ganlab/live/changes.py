"""Whether sweeps have changed, found out without reading their runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ganlab.record.run_files import ROWS, SPEC, SUMMARY
from ganlab.record.sweep_index import INDEX

FILES = (SPEC, ROWS, SUMMARY)


def state_of(folders: Sequence[Path]) -> str:
    """Equal for two looks between which no run in `folders`, those of sweeps, has got a row, an end, or company."""
    return hashlib.sha256("\n".join(line for one in folders for line in _files(one)).encode()).hexdigest()


def _files(folder: Path) -> Iterator[str]:
    runs = sorted(one for one in folder.iterdir() if (one / FILES[0]).exists())
    for path in (folder / INDEX, *(run / name for run in runs for name in FILES)):
        with suppress(FileNotFoundError):
            status = path.stat()
            yield f"{path}\0{status.st_size}\0{status.st_mtime_ns}"
