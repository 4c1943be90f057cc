"""The files of an archive that describe its contents."""

from __future__ import annotations

import re

from pydantic import Field

from ganlab.options import ListOf, Options
from ganlab.record.search import SEARCH

INDEX = "archive.json"
MANIFEST = "MANIFEST.sha256"
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
REMEDY = "give a file that `ganlab cite -o` wrote, or fetch it anew"


def search_name(sweep: str) -> str:
    """The name of the file that says how the settings of a sweep's rows were chosen, where they were searched."""
    return f"runs/{sweep}/{SEARCH}"


class Index(Options):
    """``archive.json``; `runs` are the folders below ``runs/``, in the order of the table."""

    ganlab: str
    columns: ListOf[str] | None
    runs: ListOf[str] = Field(min_length=1)
