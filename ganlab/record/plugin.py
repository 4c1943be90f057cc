"""A user's own code, as runs keep it."""

from __future__ import annotations

from collections.abc import Mapping

from ganlab.options import Options
from ganlab.record.files import json_sha256

HASH_DIGITS = 12


class Plugin(Options):
    """A Python file that registers things, with the modules beside it that it imports.

    Attributes:
        name: of the file, without its folder.
        files: the text of every file by its path relative to the folder; that of the plugin itself is the first.
    """

    name: str
    files: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """A hash of the name and all files."""
        return json_sha256(self.record())

    def __str__(self) -> str:
        """Name and hash in words."""
        return f"{self.name} (SHA-256 {self.sha256[:HASH_DIGITS]})"
