"""Where commands may write."""

from __future__ import annotations

from pathlib import Path

from ganlab.errors import InputError


def require_place(place: Path, what: str = "", ending: str = "") -> None:
    """Refuse a `place` that no file can be written to, before any work is done for it.

    Args:
        what: is to be written there, such as ``a report``, where its name must have an `ending`.

    Raises:
        InputError: the name does not end so, its folder is not there, or it is a folder itself.
    """
    if ending and place.suffix != ending:
        raise InputError(f"cannot write {what} to '{place}'; the name must end in {ending}")
    if not place.parent.is_dir():
        raise InputError(f"cannot write '{place}': there is no folder '{place.parent}'; make it first")
    if place.is_dir():
        raise InputError(f"cannot write '{place}': it is a folder; give the name of a file")
