"""Where data sets lie, and whether they may be downloaded."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ganlab.errors import InputError

LONGEST_NAME = 255
LONGEST_PATH = 4095
"""Bytes in the name of a file, and in a whole path."""
VARIABLE = re.compile(r"\$\{(\w+)\}")


def data_root() -> Path:
    """The folder of the data sets: the environment variable GANLAB_DATA, or ``data`` in the working directory."""
    return user_path(os.environ.get("GANLAB_DATA") or "data")


def may_download() -> bool:
    """Whether a data set that is not there may be fetched: the environment variable GANLAB_DOWNLOAD is 1."""
    return os.environ.get("GANLAB_DOWNLOAD") == "1"


def _require_possible(path: str) -> None:
    """Refuse what cannot be the path of a file on any system."""
    try:
        longest = max(len(os.fsencode(part)) for part in re.split(r"[/\\]", path))
    except UnicodeEncodeError:
        raise InputError(f"'{path}' holds a character that no name of a file can") from None
    if "\0" in path:
        raise InputError(f"'{path}' holds a NUL character, which no name of a file can")
    if longest > LONGEST_NAME or len(os.fsencode(path)) > LONGEST_PATH:
        raise InputError(
            f"'{path[:80]}...' is too long for a path; a name has at most {LONGEST_NAME} bytes, a path {LONGEST_PATH}"
        )


def user_path(path: str) -> Path:
    """`path` as a user wrote it, where ``~`` is the home directory and ``${NAME}`` an environment variable.

    Raises:
        InputError: it starts in a home directory that is not known, names a variable that is not set, or holds a NUL.
    """

    _require_possible(path)

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise InputError(f"'{path}' names the environment variable {match[1]}, which is not set")
        return os.environ[match[1]]

    try:
        return Path(VARIABLE.sub(value, path)).expanduser()
    except RuntimeError:
        raise InputError(f"'{path}' starts in no known home directory; write it in full") from None
