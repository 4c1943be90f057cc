"""Seeds, as a range such as ``0..4`` or as a list."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ganlab.options import ListOf, shown
from ganlab.record.spec import Seed

MOST_SEEDS = 100_000


def _listed(value: Any) -> Any:
    seeds = value
    if isinstance(value, str) and (bounds := re.fullmatch(r"(\d{1,20})\.\.(\d{1,20})", value.strip())):
        seeds = _seeds_from(*map(int, bounds.groups()))
    if not isinstance(seeds, list) or not seeds:
        raise ValueError(f"{shown(value)} names no seeds; write a range such as 0..4 or a list such as [0, 3]")
    return seeds


def _seeds_from(first: int, last: int) -> list[int]:
    if last - first >= MOST_SEEDS:
        raise ValueError(f"{first}..{last} are {last - first + 1:,} seeds; a sweep has at most {MOST_SEEDS:,}")
    return list(range(first, last + 1))


def _distinct(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("a seed is listed twice")
    return seeds


Seeds = Annotated[ListOf[Seed], BeforeValidator(_listed), AfterValidator(_distinct)]
