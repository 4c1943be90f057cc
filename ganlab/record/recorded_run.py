"""What the directory of a run holds, read."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.record.files import read_json
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
from ganlab.record.spec_file import SpecFile
from ganlab.record.summary import EnvironmentFrom, Environments, Summary


class RecordedRun:
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
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)

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
