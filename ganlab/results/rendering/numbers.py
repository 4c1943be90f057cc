"""Numbers for readers: no digit that the interval does not support."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ganlab.results.statistics import Statistics

FINEST_PLAIN_PLACE = -6
SCIENTIFIC_FROM = 1e6


@dataclass(frozen=True)
class Rounded:
    """A number as text, with the half-width of its interval and what stands beside it, where there are any."""

    mean: str
    half_width: str | None = None
    beside: str | None = None


def estimate(statistics: Statistics, with_iqm: bool = False) -> Rounded:
    """Mean, half-width and median, rounded alike: to two significant digits of the half-width.

    A median of which that would leave nothing, for one value is far from all others, has three digits of its own.
    Without an interval, or with one of no width, to three significant digits of the number itself. One value
    has neither half-width nor median.

    Args:
        statistics: of a cell.
        with_iqm: put the interquartile mean and its interval in the median's place.
    """
    if statistics.n == 1:
        return Rounded(significant(statistics.mean))
    if statistics.half_width:
        last = _place(statistics.half_width, digits=2)
        return _estimate(statistics, with_iqm, lambda number: at_place(number, last))
    return _estimate(statistics, with_iqm, significant)


def _estimate(statistics: Statistics, with_iqm: bool, rounded: Callable[[float], str]) -> Rounded:
    def kept(number: float) -> str:
        return significant(number) if number and float(rounded(number)) == 0 else rounded(number)

    half_width = statistics.half_width
    beside = kept(statistics.iqm if with_iqm else statistics.median)
    if with_iqm and statistics.iqm_ci95:
        beside += f" [{', '.join(map(kept, statistics.iqm_ci95))}]"
    return Rounded(
        rounded(statistics.mean), None if half_width is None else rounded(half_width) if half_width else "0", beside
    )


def with_error(value: float, error: float | None) -> Rounded:
    """`value` to two significant digits of its standard error, or to three of its own without one."""
    if not error:
        return Rounded(significant(value))
    last = _place(error, digits=2)
    return Rounded(at_place(value, last), at_place(error, last))


def p_value(p: float) -> str:
    """A p-value as papers print it, such as ``p = 0.031`` or ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def significant(value: float) -> str:
    """`value` to three significant digits."""
    return at_place(value, _place(value, digits=3)) if math.isfinite(value) else str(value)


def at_place(value: float, place: int) -> str:
    """`value` rounded to a multiple of 10**`place`; very small and very large ones in scientific notation."""
    rounded = round(value, -place) + 0.0  # the sum turns -0.0 into 0.0
    if place >= FINEST_PLAIN_PLACE and abs(rounded) < SCIENTIFIC_FROM:
        return f"{rounded:.{max(-place, 0)}f}"
    if rounded == 0:
        return "0"
    return f"{rounded:.{max(_exponent(rounded) - place, 0)}e}"


def _place(value: float, digits: int) -> int:
    """The power of ten of the last significant digit of `value` rounded to `digits` of them."""
    return _exponent(float(f"{value:.{digits - 1}e}")) - digits + 1


def _exponent(value: float) -> int:
    return int(f"{value:e}".partition("e")[2])
