"""The directory of a run, written."""

from __future__ import annotations

import hashlib
import io
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ganlab.record.files import to_json, write_json, write_whole
from ganlab.record.progress import remove_progress
from ganlab.record.recorded_run import RecordedRun
from ganlab.record.refusals import naming
from ganlab.record.run_files import SPEC
from ganlab.record.spec_file import SpecFile
from ganlab.record.summary import Environment, EnvironmentFrom, Environments, Outcome, Summary

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


BUFFER = 8192
"""Bytes of rows that are kept before they are written."""


class RunDirectory(RecordedRun):
    """The record of a run, which may be written between `open` and `close`::

    with RunDirectory(folder).open(SpecFile.of(spec, sweep="gaussian_1d")) as run:
        run.log({"global_step": 100, "w1": 0.25})
        run.flush()
        run.finish(outcome)
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._buffer: bytearray | None = None
        self._last_step = -1
        self.require_hold: Callable[[], None] = lambda: None

    def open(self, spec: SpecFile, require_hold: Callable[[], None] = lambda: None) -> RunDirectory:
        """Create the directory for the run that `spec` describes, or continue it.

        Files that a killed process left incomplete are removed.

        Args:
            spec: of the run.
            require_hold: called before anything is written; raises if this process may not write any more.

        Raises:
            InputError: the directory belongs to a run with another spec.
            OSError: it cannot be written.
        """
        self.require_hold = require_hold
        require_hold()
        self._samples_path.mkdir(parents=True, exist_ok=True)
        if self.exists():
            self.require_spec(spec)
        else:
            self.describe(spec)
        self._remove_incomplete_files()
        self._keep_rows(up_to=math.inf)
        return self

    def tidy(self) -> None:
        """Remove what processes that were killed have left in the directory of a run that is done.

        Raises:
            OSError: it cannot be removed.
        """
        self._remove_incomplete_files()
        remove_progress(self.path)
        for path in (self.previous_checkpoint_path, self.next_checkpoint_path):
            path.unlink(missing_ok=True)

    def describe(self, spec: SpecFile) -> None:
        """Write ``spec.json`` into the directory, which is made if need be.

        Raises:
            OSError: it cannot be written.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(self._spec_path, spec.record())

    def log(self, row: Mapping[str, float | int | None]) -> None:
        """Append `row`, which has a ``global_step`` above that of the row before it.

        Rows are buffered up to `BUFFER` bytes, or until `flush`. No file stays open in between, so that a population
        may have more members than a process may have files.

        Raises:
            ValueError: the row has no ``global_step``, or one that is not above the last.
            OSError: the buffer was full and could not be written.
        """
        step = row.get("global_step")
        if not isinstance(step, int) or step <= self._last_step:
            raise ValueError(
                f"{self.path}: a row's global_step must be an integer above {self._last_step}, not {step!r}"
            )
        self._opened_buffer().extend(to_json(row).encode() + b"\n")
        self._last_step = step
        if len(self._opened_buffer()) > BUFFER:
            self._write(sync=False)

    def flush(self) -> None:
        """Write all buffered rows to the disk.

        Raises:
            OSError: they cannot be written. The rows before them stay readable.
        """
        self._write(sync=True)

    def rewind(self, global_step: int) -> None:
        """Restore the record as it was at `global_step`: drop later rows, samples and pictures."""
        self._keep_rows(up_to=global_step)
        for path in self._samples_path.iterdir():
            if path.stem.isdecimal() and int(path.stem) > global_step:
                path.unlink()

    def start(self, global_step: int, environment: Environment) -> None:
        """Record that training continues from `global_step` in `environment`.

        It becomes an entry if it differs from the environment of the steps before; entries of steps that were
        dropped are dropped as well.

        Raises:
            OSError: it cannot be written.
        """
        entries = [entry for entry in self.environments() if entry.from_step < global_step]
        if not entries or entries[-1].environment != environment:
            entries.append(EnvironmentFrom(from_step=global_step, **environment.model_dump()))
        self.require_hold()
        write_json(self._environments_path, Environments(environments=tuple(entries)).record())

    def save_samples(self, global_step: int, **arrays: ArrayLike) -> None:
        """Write ``samples/<global_step>.npz``, to be called before a later row is logged.

        ``picture`` is the name of the picture that draws the other arrays; each says which it takes
        (`ganlab.tracking.pictures`).

        Raises:
            OSError: it cannot be written.
        """
        import numpy as np

        buffer = io.BytesIO()
        content: dict[str, Any] = {name: np.asarray(array) for name, array in arrays.items()}
        np.savez(buffer, **content)
        self.require_hold()
        write_whole(self._samples_path / f"{global_step:08d}.npz", buffer.getvalue())

    def save_picture(self, name: str, png: bytes) -> None:
        """Write ``samples/<name>.png``, a picture of the finished run.

        Raises:
            OSError: it cannot be written.
        """
        self.require_hold()
        write_whole(self._samples_path / f"{name}.png", png)

    def finish(self, outcome: Outcome) -> None:
        """Flush the rows and write the summary, which says that the run is done.

        Raises:
            OSError: either cannot be written.
        """
        self.flush()
        metrics_sha256 = hashlib.sha256(self.metrics_path.read_bytes()).hexdigest()
        self.require_hold()
        write_json(self._summary_path, Summary.of(outcome, metrics_sha256).record())

    def close(self) -> None:
        """Write buffered rows.

        Raises:
            OSError: they cannot be written.
        """
        if self._buffer is not None:
            try:
                self._write(sync=False)
            finally:
                self._buffer = None

    def __enter__(self) -> RunDirectory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _remove_incomplete_files(self) -> None:
        for folder in (self.path, self._samples_path):
            for left in folder.glob(".*.tmp"):
                left.unlink(missing_ok=True)

    def _opened_buffer(self) -> bytearray:
        if self._buffer is None:
            raise RuntimeError(f"{self.path} is not open for writing; call open(spec) first")
        return self._buffer

    def _write(self, sync: bool) -> None:
        """Append the buffered rows to the file, and with `sync` have it on the disk."""
        buffer = self._opened_buffer()
        self.require_hold()
        path = self.metrics_path
        with naming(path), path.open("r+b", buffering=0) as file:  # which does not make it anew, were it lost
            file.seek(0, os.SEEK_END)
            while buffer:
                del buffer[: file.write(buffer)]
            if sync:
                os.fsync(file.fileno())

    def _keep_rows(self, up_to: float) -> None:
        """Drop an incomplete last line and the rows after step `up_to`, and begin to buffer."""
        self.close()
        self.require_hold()
        rows = [row for row in self.metrics() if row["global_step"] <= up_to]
        write_whole(self.metrics_path, "".join(to_json(row) + "\n" for row in rows))
        self._buffer = bytearray()
        self._last_step = rows[-1]["global_step"] if rows else -1


def runs_in(folder: Path | str) -> list[RunDirectory]:
    """The run directories in `folder`, sorted by name."""
    return [RunDirectory(path.parent) for path in sorted(Path(folder).glob(f"*/{SPEC}"))]
