"""The rows of metrics.jsonl, read while they are being written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.options import shown

Row = dict[str, Any]

EVALUATION = "eval/"
"""How keys begin that hold an evaluation's values."""
LARGEST = sys.float_info.max
DECODER = json.JSONDecoder()


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
        self._step = -1

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
        before = self._step if self._lines else -1
        rows = parse_rows(lines, self._path, first=self._lines + 1, before=before)
        if lines:
            self._last = lines[-1] + b"\n"
            self._step = rows[-1]["global_step"]
        self._offset += sum(len(line) + 1 for line in lines)
        self._lines += len(lines)
        return rows


def parse_rows(
    lines: Iterable[bytes], where: Path | str, first: int = 1, before: int = -1, holding: str = ""
) -> list[Row]:
    """The rows in `lines` of the file `where`, of which the first has the number `first`.

    With `holding`, only those lines are read that have a key which begins so; the others may hold anything.

    Raises:
        InputError: a line is no row, or its step is not above that of the row before it, at first `before`; the message
            names the file and the line.
    """
    rows = []
    key = f'"{holding}'.encode() if holding else b""
    for number, line in enumerate(lines, start=first):
        if key not in line:
            continue
        row = _parse_row(line, f"{where}, line {number}")
        step = row["global_step"]
        if step <= before:
            raise InputError(f"{where}, line {number}: global_step {step} comes after {before}; restore the file")
        before = step
        rows.append(row)
    return rows


def evaluations(rows: Iterable[Row]) -> list[Row]:
    """Those of `rows` that hold an evaluation."""
    return [row for row in rows if any(key.startswith(EVALUATION) for key in row)]


def metrics_of(row: Row) -> Row:
    """The values of an evaluation by the metric's name; none of a row that holds no evaluation."""
    return {key.removeprefix(EVALUATION): value for key, value in row.items() if key.startswith(EVALUATION)}


def _parse_row(line: bytes, place: str) -> Row:
    try:
        row = DECODER.decode(line.decode())
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict) or type(row.get("global_step")) is not int or row["global_step"] < 0:
        raise InputError(
            f"{place} is not a JSON object with a 'global_step' from 0 on; bring that line back, or remove the run to "
            "train it anew"
        )
    for name, value in row.items():
        if value is not None and not (type(value) in (float, int) and -LARGEST <= value <= LARGEST):
            raise InputError(f"{place}: {shown(name)} is {shown(value)}, and no finite number; restore the file")
    return row
