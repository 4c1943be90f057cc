"""The rows of metrics.jsonl, read while they are being written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.record.files import json_sha256

Row = dict[str, Any]

EXACT_IN_FLOAT = 2**53
"""Integers up to this one are exact as floating point numbers."""


class RowReader:
    """Reads a file of one JSON object a line that may grow between two readings.

    An incomplete last line is read later. A file that was replaced is read again from its start; this is detected by
    the last line that was read, since a file system may reuse the inode number of a deleted file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = b""
        self._offset = 0
        self._lines = 0

    def new(self) -> list[Row]:
        """The whole rows that were added since the last call; none while there is no file.

        Raises:
            InputError: a whole line is not a row; the message names the file and the line.
        """
        try:
            file = self._path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return []
        with file:
            file.seek(self._offset - len(self._last))
            if file.read(len(self._last)) != self._last:
                self._last, self._offset, self._lines = b"", 0, 0
                file.seek(0)
            *lines, _torn = file.read().split(b"\n")
        rows = [parse_row(line, number, self._path) for number, line in enumerate(lines, start=self._lines + 1)]
        if lines:
            self._last = lines[-1] + b"\n"
        self._offset += sum(len(line) + 1 for line in lines)
        self._lines += len(lines)
        return rows


def rows_sha256(rows: Iterable[Row]) -> str:
    """The SHA-256 of what `rows` say, in whatever order of their keys; 1 and 1.0 say the same."""
    return json_sha256([{key: _as_float(value) for key, value in row.items()} for row in rows])


def _as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) and abs(value) <= EXACT_IN_FLOAT else value


def parse_row(line: bytes, number: int, where: Path | str) -> Row:
    """The row that stands in line `number` of the file `where`.

    Raises:
        InputError: it is no row; the message names the file and the line.
    """
    try:
        row = json.loads(line)
    except ValueError:
        row = None
    if not isinstance(row, dict) or not isinstance(row.get("global_step"), int):
        raise InputError(
            f"{where}, line {number} is not a JSON object with an integer 'global_step'; bring that line back, or "
            "remove the run to train it anew"
        )
    return row
