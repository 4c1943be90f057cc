"""The shape of a picture, and the registry of the known ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ganlab.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What draws the samples that a reference says are drawn so.

    Attributes:
        draw: a PNG of a title, which may go unused, and of the arrays that the reference's `pictured` gave, by name.
    """

    name: str
    summary: str
    paper: str = ""
    draw: Callable[[str, Mapping[str, Any]], bytes]


PICTURES: Registry[Picture] = Registry("picture")
register = PICTURES.add
