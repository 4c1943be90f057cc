"""The directory that holds all there is to know about one run."""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ganlab.errors import InputError
from ganlab.record.files import json_sha256, read_json, to_json, write_json, write_whole
from ganlab.record.rows import Row, RowReader, rows_sha256

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class RunDirectory:
    """The record of one member's training. Nothing else is needed to make a table.

    ======================  =====================================================================
    ``spec.json``           what the run is; written first
    ``metrics.jsonl``       one row of numbers a line, ascending in ``global_step``
    ``samples/*.npz``       what the generator gave at a step, with ``*.png`` drawn from it
    ``checkpoint.pt``       the state to go on from; until the run is done, with the one before it
    ``environments.json``   where the run was made, with an entry for each start elsewhere
    ``summary.json``        the result; its presence says that the run is done
    ======================  =====================================================================

    To read needs no `open`; to write does::

        with RunDirectory(folder).open(spec) as run:
            run.log({"global_step": 100, "w1": 0.25})
            run.flush()
            run.finish({"status": "finished", ...})
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.metrics_path = self.path / "metrics.jsonl"
        self.checkpoint_path = self.path / "checkpoint.pt"
        self.previous_checkpoint_path = self.path / "checkpoint.previous.pt"
        self.next_checkpoint_path = self.path / "checkpoint.next.pt"
        self._spec_path = self.path / "spec.json"
        self._summary_path = self.path / "summary.json"
        self._environments_path = self.path / "environments.json"
        self._samples_path = self.path / "samples"
        self._metrics_file: io.BufferedWriter | None = None
        self._last_step = -1

    def open(self, spec: Mapping[str, Any]) -> RunDirectory:
        """Create the directory for the run that `spec` describes, or go on with it.

        What a process that was killed left half-written is removed.

        Raises:
            InputError: the directory belongs to a run with another spec.
            OSError: it cannot be written.
        """
        self._samples_path.mkdir(parents=True, exist_ok=True)
        if self.exists():
            self.require_spec(spec)
        else:
            write_json(self._spec_path, spec)
        for left in self.path.glob(".*.tmp"):
            left.unlink()
        self._keep_rows(up_to=math.inf)
        return self

    def log(self, row: Mapping[str, float | int | None]) -> None:
        """Append `row`, which has a ``global_step`` above that of the row before it.

        Rows are buffered until `flush`.

        Raises:
            ValueError: the row has no ``global_step``, or one that is not above the last.
            OSError: the buffer was full and could not be written.
        """
        step = row.get("global_step")
        if not isinstance(step, int) or step <= self._last_step:
            raise ValueError(
                f"{self.path}: a row's global_step must be an integer above {self._last_step}, not {step!r}"
            )
        self._open_metrics().write(to_json(row).encode() + b"\n")
        self._last_step = step

    def flush(self) -> None:
        """Bring all rows to the disk.

        Raises:
            OSError: they cannot be written. The rows before them stay readable.
        """
        file = self._open_metrics()
        file.flush()
        os.fsync(file.fileno())

    def rewind(self, global_step: int) -> None:
        """Go back to how the record stood at `global_step`: drop later rows, samples and pictures."""
        self._keep_rows(up_to=global_step)
        for path in self._samples_path.iterdir():
            if path.stem.isdigit() and int(path.stem) > global_step:
                path.unlink()

    def start(self, global_step: int, environment: Mapping[str, Any]) -> None:
        """Note that training goes on from `global_step` in `environment`.

        It becomes an entry if it differs from the environment of the steps before; entries of steps that were
        dropped are dropped as well.

        Raises:
            OSError: it cannot be written.
        """
        entries = [entry for entry in self.environments() if entry["from_step"] < global_step]
        before = {key: value for key, value in entries[-1].items() if key != "from_step"} if entries else None
        if before != environment:
            entries.append({"from_step": global_step, **environment})
        write_json(self._environments_path, {"environments": entries})

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
        write_whole(self._samples_path / f"{global_step:08d}.npz", buffer.getvalue())

    def save_picture(self, name: str, png: bytes) -> None:
        """Write ``samples/<name>.png``, a picture of the finished run.

        Raises:
            OSError: it cannot be written.
        """
        write_whole(self._samples_path / f"{name}.png", png)

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Flush the rows and write the summary, which says that the run is done.

        The summary gets two keys more: ``rows_sha256``, of ``metrics.jsonl``, and ``sha256``, of all its other keys.

        Raises:
            OSError: either cannot be written.
        """
        self.flush()
        whole = {**summary, "rows_sha256": rows_sha256(self.metrics())}
        write_json(self._summary_path, {**whole, "sha256": json_sha256(whole)})

    def close(self) -> None:
        """Write out buffered rows and let go of the file.

        Raises:
            OSError: they cannot be written.
        """
        if self._metrics_file is not None:
            file, self._metrics_file = self._metrics_file, None
            file.close()

    def exists(self) -> bool:
        """Whether this is a run directory: whether it holds a spec."""
        return self._spec_path.exists()

    def require_spec(self, spec: Mapping[str, Any]) -> None:
        """Check that this is the directory of the run that `spec` describes.

        Raises:
            InputError: it is not, or its ``spec.json`` cannot be read.
        """
        if self.spec() != json.loads(to_json(spec)):
            raise InputError(f"{self.path} belongs to a run with another spec; remove it or run elsewhere")

    def spec(self) -> dict[str, Any]:
        """What the run is.

        Raises:
            InputError: there is no readable ``spec.json``.
        """
        return read_json(self._spec_path)

    def metrics(self) -> list[Row]:
        """All rows; a last line that was cut off is left out.

        Raises:
            InputError: another line is broken, or the rows of a run that is done are not those that it ended with.
        """
        rows = RowReader(self.metrics_path).new()
        summary = self.summary()
        if summary is not None and summary["rows_sha256"] != rows_sha256(rows):
            raise InputError(
                f"{self.metrics_path} does not hold the rows that the run ended with; restore it, or remove the run's "
                "directory"
            )
        return rows

    def environments(self) -> list[dict[str, Any]]:
        """The environments in which the run was made, ascending in ``from_step``; none before the first `start`.

        Raises:
            InputError: ``environments.json`` is broken.
        """
        if not self._environments_path.exists():
            return []
        entries: list[dict[str, Any]] = read_json(self._environments_path)["environments"]
        return entries

    def samples(self) -> dict[int, Path]:
        """The files that `save_samples` wrote, by global step, ascending."""
        files = self._samples_path.glob("*.npz")
        return dict(sorted((int(path.stem), path) for path in files if path.stem.isdigit()))

    def pictures(self) -> list[Path]:
        """The files that `save_picture` wrote."""
        return sorted(path for path in self._samples_path.glob("*.png") if not path.stem.isdigit())

    def summary(self) -> dict[str, Any] | None:
        """The result, or None while the run is not done.

        Raises:
            InputError: ``summary.json`` is broken, or is not as it was written.
        """
        if not self._summary_path.exists():
            return None
        summary = read_json(self._summary_path)
        if "sha256" not in summary:
            raise InputError(
                f"{self._summary_path} is no summary, or one of an earlier ganlab, which this one does not read; "
                "remove its run directory to train it anew"
            )
        if not is_whole(summary):
            raise InputError(
                f"{self._summary_path} is not as it was written, its checksum differs; restore it, or remove its run "
                "directory"
            )
        return summary

    def __enter__(self) -> RunDirectory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open_metrics(self) -> io.BufferedWriter:
        if self._metrics_file is None:
            raise RuntimeError(f"{self.path} is not open for writing; call open(spec) first")
        return self._metrics_file

    def _keep_rows(self, up_to: float) -> None:
        """Drop a torn last line and the rows after step `up_to`, and open the file to append to the rest."""
        self.close()
        rows = [row for row in self.metrics() if row["global_step"] <= up_to]
        write_whole(self.metrics_path, "".join(to_json(row) + "\n" for row in rows))
        self._metrics_file = self.metrics_path.open("ab")
        self._last_step = rows[-1]["global_step"] if rows else -1


def is_whole(summary: Mapping[str, Any]) -> bool:
    """Whether a summary is as it was written: whether its ``sha256`` is that of its other keys."""
    return summary.get("sha256") == json_sha256({key: value for key, value in summary.items() if key != "sha256"})


def runs_in(folder: Path | str) -> list[RunDirectory]:
    """The run directories in `folder`, sorted by name."""
    return [RunDirectory(path.parent) for path in sorted(Path(folder).glob("*/spec.json"))]
