"""``sweep.json``: which runs of a folder are those of the sweep's table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from ganlab.errors import InputError
from ganlab.options import ListOf, Options, parse, shown
from ganlab.record.files import read_json, write_json

INDEX = "sweep.json"


def _within(name: str) -> str:
    if name in ("", ".", "..") or {"/", "\\", "\0"} & {*name}:
        raise ValueError(f"{shown(name)} is not the name of a run's folder")
    return name


class SweepIndex(Options):
    """The content of the file.

    Attributes:
        signature: equal for two launches that differ only in rows and seeds; None where runs were gathered otherwise.
        runs: the names of their folders, in the order of the table.
    """

    signature: str | None = None
    runs: ListOf[Annotated[str, AfterValidator(_within)]]


def read_index(folder: Path) -> SweepIndex | None:
    """That of the sweep in `folder`; None where it has none.

    Raises:
        InputError: the file holds something else.
    """
    path = folder / INDEX
    if not path.exists():
        return None
    try:
        return parse(SweepIndex, read_json(path), str(path))
    except InputError as error:
        raise InputError(
            f"{path} is no list of runs; remove it, and the folder's runs are all listed until their sweep is launched "
            f"again, which writes it anew ({error})"
        ) from None


def write_index(folder: Path, index: SweepIndex) -> None:
    """Write `index` to the sweep in `folder`.

    Raises:
        OSError: it cannot be written.
    """
    write_json(folder / INDEX, index.record())
