"""Fewer points and fewer digits, for charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

DRAWN_DIGITS = 4

Entry = TypeVar("Entry")


def evenly(entries: Sequence[Entry], most: int) -> list[Entry]:
    """At most `most` (2 or more) of `entries`, evenly spread, the first and the last among them."""
    if len(entries) <= most:
        return list(entries)
    last = len(entries) - 1
    return [entries[round(index * last / (most - 1))] for index in range(most)]


def drawn(number: Any) -> float | None:
    """`number` to as many digits as a chart can show; None, a number that is not finite, stays None."""
    return None if number is None else float(f"{number:.{DRAWN_DIGITS}g}")
