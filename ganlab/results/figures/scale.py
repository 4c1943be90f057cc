"""The axis of a metric: logarithmic where its values call for it, and with room at its edges for infinite ones."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from matplotlib.axis import Axis, XAxis
from matplotlib.ticker import (
    Formatter,
    LogFormatterSciNotation,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    ScalarFormatter,
    StrMethodFormatter,
    SymmetricalLogLocator,
)

MARGIN, ROOM = 0.05, 0.12
"""What is left free beyond the outermost values, as a share of their range: usually, and where others are infinite."""

LOGARITHMIC_FROM = 10
"""The ratio of the largest value to the smallest, or to where the linear part ends."""

PLAIN = (1e-4, 1e5)
"""Between these, numbers are read with more ease than powers of ten."""


def scale_axis(axis: Axis, values: Iterable[float]) -> None:
    """Give `axis` the scale and the limits that suit `values`, which may be infinite, and few ticks.

    It is logarithmic where the values are positive and spread over a decade. Where some are negative, as those of
    unbiased estimators may be, it is linear as far as they reach, to both sides of zero, and logarithmic beyond.
    """
    values = list(values)
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    least, most = min(finite), max(finite)
    unit = 10.0 ** math.ceil(math.log10(-least)) if least < 0 else least
    if unit == 0 or most < LOGARITHMIC_FROM * unit:
        _make_linear(axis)
    else:
        _make_logarithmic(axis, unit, most, signed=least < 0)
    _limit(axis, least, most, ROOM if -math.inf in values else MARGIN, ROOM if math.inf in values else MARGIN)


def on_axis(axis: Axis, values: Iterable[float]) -> list[float]:
    """`values`, with what is beyond an end of `axis` at that end."""
    low, high = axis.get_view_interval()
    return [min(max(value, low), high) for value in values]


def few_ticks() -> MaxNLocator:
    """Ticks of a linear axis, at round numbers."""
    return MaxNLocator(nbins=5, steps=[1, 2, 5, 10])


def _make_linear(axis: Axis) -> None:
    _set_scale(axis, "linear")
    axis.set_major_locator(few_ticks())
    formatter = ScalarFormatter(useOffset=False, useMathText=True)
    formatter.set_powerlimits((-3, 4))
    axis.set_major_formatter(formatter)


def _make_logarithmic(axis: Axis, unit: float, most: float, signed: bool) -> None:
    decades = math.log10(most / unit)
    if signed:
        _set_scale(axis, "symlog", linthresh=unit)
        axis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=unit))
    else:
        _set_scale(axis, "log")
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if decades < 1.5 else (1, 3) if decades < 3 else (1,)))
    axis.set_major_formatter(_numbers(unit, most))
    axis.set_minor_formatter(NullFormatter())


def _numbers(unit: float, most: float) -> Formatter:
    if PLAIN[0] <= unit and most < PLAIN[1]:
        return StrMethodFormatter("{x:g}")
    return LogFormatterSciNotation(minor_thresholds=(math.inf, math.inf), linthresh=unit)


def _set_scale(axis: Axis, name: str, **options: float) -> None:
    (axis.axes.set_xscale if isinstance(axis, XAxis) else axis.axes.set_yscale)(name, **options)


def _limit(axis: Axis, least: float, most: float, below: float, above: float) -> None:
    """Set the limits so that shares `below` and `above` of the range are free beyond `least` and `most`."""
    transform = axis.get_transform()
    low, high = transform.transform(np.array([least, most]))
    span = high - low or abs(high) or 1.0
    limits = transform.inverted().transform(np.array([low - below * span, high + above * span]))
    (axis.axes.set_xlim if isinstance(axis, XAxis) else axis.axes.set_ylim)(*limits.tolist())
