"""Where a report may be written."""

from __future__ import annotations

from pathlib import Path

from ganlab.errors import InputError


def require_place(place: Path) -> None:
    """Refuse a `place` to which no report can be written, before any work is done for it.

    Raises:
        InputError: the name does not end in .html, its folder is not there, or it is a folder itself.
    """
    if place.suffix != ".html":
        raise InputError(f"cannot write a report to '{place}'; the name must end in .html")
    if not place.parent.is_dir():
        raise InputError(f"cannot write '{place}': there is no folder '{place.parent}'; make it first")
    if place.is_dir():
        raise InputError(f"cannot write '{place}': it is a folder; give the name of a file")
