"""The directory that holds the complete record of one run."""

from __future__ import annotations

import hashlib
import io
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.record.files import read_json, to_json, write_json, write_whole
from ganlab.record.progress import remove_progress
from ganlab.record.refusals import naming
from ganlab.record.rows import Row, RowReader, parse_rows
from ganlab.record.run_files import (
    CHECKPOINT,
    ENVIRONMENTS,
    NEXT_CHECKPOINT,
    PREVIOUS_CHECKPOINT,
    ROWS,
    SAMPLES,
    SPEC,
    SUMMARY,
)
from ganlab.record.spec import SpecFile
from ganlab.record.summary import Environment, EnvironmentFrom, Environments, Outcome, Summary

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


BUFFER = 8192
"""Bytes of rows that are kept before they are written."""


class RunDirectory:
    """The record of one member's training. Nothing else is needed to make a table.

    ======================  =====================================================================
    ``spec.json``           what the run is; written first
    ``metrics.jsonl``       one row of numbers a line, ascending in ``global_step``
    ``samples/*.npz``       what the generator gave at a step, with ``*.png`` drawn from it
    ``checkpoint.pt``       the state to go on from; until the run is done, with the one before it
    ``environments.json``   where the run was made, with an entry for each start elsewhere
    ``summary.json``        the result; its presence says that the run is done
    ``*.lease``             who works on it (`ganlab.record.lease`)
    ``progress.json``       how far its job is, while it is trained (`ganlab.record.progress`)
    ======================  =====================================================================

    To read needs no `open`; to write does::

        with RunDirectory(folder).open(SpecFile.of(spec, sweep="gaussian_1d")) as run:
            run.log({"global_step": 100, "w1": 0.25})
            run.flush()
            run.finish(outcome)
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._buffer: bytearray | None = None
        self._last_step = -1
        self.require_hold: Callable[[], None] = lambda: None

    @property
    def metrics_path(self) -> Path:
        return self.path / ROWS

    @property
    def checkpoint_path(self) -> Path:
        return self.path / CHECKPOINT

    @property
    def previous_checkpoint_path(self) -> Path:
        return self.path / PREVIOUS_CHECKPOINT

    @property
    def next_checkpoint_path(self) -> Path:
        return self.path / NEXT_CHECKPOINT

    @property
    def _spec_path(self) -> Path:
        return self.path / SPEC

    @property
    def _summary_path(self) -> Path:
        return self.path / SUMMARY

    @property
    def _environments_path(self) -> Path:
        return self.path / ENVIRONMENTS

    @property
    def _samples_path(self) -> Path:
        return self.path / SAMPLES

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

    def exists(self) -> bool:
        """Whether this is a run directory: whether it holds a spec."""
        return self._spec_path.exists()

    def is_done(self) -> bool:
        """Whether the run has ended: whether there is a summary."""
        return self._summary_path.exists()

    def require_spec(self, spec: SpecFile) -> None:
        """Check that this is the directory of the run that `spec` describes.

        Raises:
            InputError: it is not, or its ``spec.json`` cannot be read.
        """
        if self.spec() != spec:
            raise InputError(f"{self.path} belongs to a run with another spec; remove it or run elsewhere")

    def spec(self) -> SpecFile:
        """What the run is.

        Raises:
            InputError: there is no readable ``spec.json``, or it is of another revision.
        """
        return SpecFile.read(read_json(self._spec_path), str(self._spec_path))

    def metrics(self) -> list[Row]:
        """All rows; a last line that was cut off is left out.

        Raises:
            InputError: another line is broken, or the rows of a run that is done are not those that it ended with.
        """
        summary = self.summary()
        if summary is None:
            return RowReader(self.metrics_path).new()
        return self.final_metrics(summary)

    def final_metrics(self, summary: Summary, holding: str = "") -> list[Row]:
        """The rows of the run that ended with `summary`: all, or those with a key that begins with `holding`.

        Raises:
            InputError: they are not those that it ended with, or one of those that are read is broken.
        """
        return parse_rows(self.final_text(summary).splitlines(), self.metrics_path, holding=holding)

    def final_text(self, summary: Summary) -> bytes:
        """The content of ``metrics.jsonl`` of the run that ended with `summary`.

        Raises:
            InputError: it is another one than it ended with.
        """
        content = self.metrics_path.read_bytes() if self.metrics_path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != summary.metrics_sha256:
            raise InputError(
                f"{self.metrics_path} does not hold the rows that the run ended with; restore it, or remove the run's "
                "directory"
            )
        return content

    def environments(self) -> list[EnvironmentFrom]:
        """The environments in which the run was made, ascending in ``from_step``; none before the first `start`.

        Raises:
            InputError: ``environments.json`` is broken.
        """
        if not self._environments_path.exists():
            return []
        content = read_json(self._environments_path)
        return list(parse(Environments, content, str(self._environments_path)).environments)

    def samples(self) -> dict[int, Path]:
        """The files that `save_samples` wrote, by global step, ascending."""
        files = self._samples_path.glob("*.npz")
        return dict(sorted((int(path.stem), path) for path in files if path.stem.isdecimal()))

    def pictures(self) -> list[Path]:
        """The files that `save_picture` wrote."""
        return sorted(path for path in self._samples_path.glob("*.png") if not path.stem.isdecimal())

    def summary(self) -> Summary | None:
        """The result, or None while the run is not done.

        Raises:
            InputError: ``summary.json`` is broken, or was changed after it was written.
        """
        if not self.is_done():
            return None
        return Summary.read(read_json(self._summary_path), str(self._summary_path))

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
