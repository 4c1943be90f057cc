"""The space of a row's settings: what a point of the unit cube stands for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganlab.errors import InputError
from ganlab.options import Options
from ganlab.record.settings import ABSENT
from ganlab.record.spec import RunSpec
from ganlab.sweeps.search.schema import Choices, Range
from ganlab.sweeps.search.settings import searched_values


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """One setting that is searched.

    Attributes:
        name: of the setting, with dots.
        values: those that it may have; None of a range.
        low, high: of a range, both of which it may be; `log`: it is uniform in its logarithm.
        whole: whether only whole numbers are meant.
    """

    name: str
    values: tuple[Any, ...] | None = None
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    whole: bool = False

    def at(self, share: float) -> Any:
        """The value at a `share` in [0, 1) of the way; equal parts of the way are equally likely."""
        if self.values is not None:
            return self.values[int(share * len(self.values))]
        low, high = (self.low, self.high + 1) if self.whole else (self.low, self.high)
        if self.log:
            low, high = math.log(low), math.log(high)
        value = low + share * (high - low)
        value = math.exp(value) if self.log else value
        value = min(max(math.floor(value) if self.whole else value, self.low), self.high)  # against rounding
        return int(value) if self.whole else float(value)


def dimensions_of(space: Mapping[str, Options], spec: RunSpec) -> tuple[Dimension, ...]:
    """The dimensions of `space` in the order of their names, for the row whose spec without a search is `spec`.

    Raises:
        InputError: the space is empty, a setting is unknown, the row does not have it, or it is no number and has a
            range.
    """
    if not space:
        raise InputError(f"'{spec.label}' has no settings to search; give search a 'space', or the row one of its own")
    return tuple(_dimension(name, domain, spec) for name, domain in sorted(space.items()))


def _dimension(name: str, domain: Options, spec: RunSpec) -> Dimension:
    found = searched_values(spec, name)
    if any(value is ABSENT for value in found):
        raise InputError(
            f"search.space: '{spec.label}' has no setting '{name}'; give that range as 'space' beside the names of "
            "the rows that have it, or add the setting to this row"
        )
    if isinstance(domain, Choices):
        return Dimension(name=name, values=domain.values)
    assert isinstance(domain, Range)
    kinds: Sequence[type] = [type(value) for value in found]
    if not {*kinds} <= {int, float, type(None)}:
        raise InputError(f"search.space: '{name}' is no number, so it has no range; list the values that it may have")
    whole = int in kinds
    if whole and not (float(domain.low).is_integer() and float(domain.high).is_integer()):
        raise InputError(
            f"search.space: '{name}' is a whole number; let low and high be whole numbers, not {domain.low:g} and "
            f"{domain.high:g}"
        )
    return Dimension(name=name, low=float(domain.low), high=float(domain.high), log=domain.log, whole=whole)
