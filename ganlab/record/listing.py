"""The list of a sweep's runs, ``sweep.json``."""

from __future__ import annotations

from pathlib import Path

from ganlab.errors import InputError
from ganlab.options import ListOf, Options, parse
from ganlab.record.files import read_json, write_json

NAME = "sweep.json"


class Listing(Options):
    """Which runs of a sweep's folder are in its table.

    Attributes:
        signature: of the settings with which it was launched; archives have none.
        runs: their ids, in the order of the table.
    """

    signature: str = ""
    runs: ListOf[str]

    def write(self, folder: Path) -> None:
        """Make this the list of `folder`.

        Raises:
            OSError: it cannot be written.
        """
        write_json(folder / NAME, self.model_dump(mode="json"))


def read_listing(folder: Path) -> Listing | None:
    """The list of the sweep in `folder`; None where there is none.

    Raises:
        InputError: it is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        return parse(Listing, read_json(path), str(path))
    except InputError:
        raise InputError(
            f"{path} is no list of runs; remove it, and the folder's runs are all listed until their sweep is launched "
            "again, which writes it anew"
        ) from None
