"""What a method of search wants tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

LONGEST_SUFFIX = len("-t999-r9")
"""Of 1000 trials, the most there are, with halving by 2."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Settings that a method of search wants tried, with the budget of a rung.

    Attributes:
        number: of the trial, from 0 on.
        settings: by their dotted names.
        rung: counted from the one with the whole budget, 0; in rung k, the budget is divided by the k-th power of the
            factor of halving.
    """

    number: int
    rung: int = 0
    settings: Mapping[str, Any] = field(hash=False)

    @property
    def suffix(self) -> str:
        """What distinguishes its label from those of other trials of the row."""
        return f"-t{self.number:03d}" + (f"-r{self.rung}" if self.rung else "")


LossOf = Callable[[Candidate], float | None]
"""The loss of a candidate, lower is better: inf where a run diverged, NaN where one failed, None where it is not
known yet."""
