"""Rounding: the digits that the interval supports."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.results.rendering.numbers import Rounded, at_place, estimate, p_value, significant
from ganlab.results.statistics import Statistics


def cell(mean: float, half_width: float | None, median: float, n: int = 5) -> Statistics:
    return Statistics(n=n, mean=mean, sd=half_width, half_width=half_width, median=median, iqm=median)


@pytest.mark.parametrize(
    ("mean", "half_width", "median", "expected"),
    [
        (0.0154321, 0.00123, 0.0151, Rounded("0.0154", "0.0012", "0.0151")),
        (0.5, 0.0996, 0.48, Rounded("0.50", "0.10", "0.48")),
        (1234.5, 123.4, 1300.0, Rounded("1230", "120", "1300")),
        (-0.001, 0.85, 0.3, Rounded("0.00", "0.85", "0.30")),
        (1.234e-7, 1.2e-9, 1.25e-7, Rounded("1.234e-07", "1.2e-09", "1.250e-07")),
        (1.234e-9, 1.2e-6, 0.0, Rounded("0", "1.2e-06", "0")),
        (12345678.0, 45678.0, 12000000.0, Rounded("1.2346e+07", "46000", "1.2000e+07")),
        (211234.0, 987654.0, 0.0312, Rounded("210000", "990000", "0.0312")),
        (-0.0001, 0.0015, -0.0004, Rounded("-0.0001", "0.0015", "-0.0004")),
    ],
)
def test_two_significant_digits_of_the_half_width(mean, half_width, median, expected) -> None:
    assert estimate(cell(mean, half_width, median)) == expected


def test_one_seed_shows_its_value_alone() -> None:
    assert estimate(cell(0.123456, None, 0.123456, n=1)) == Rounded("0.123")


def test_no_spread_shows_an_interval_of_no_width() -> None:
    assert estimate(cell(0.5, 0.0, 0.5)) == Rounded("0.500", "0", "0.500")


def test_an_infinite_mean_stands_beside_the_median() -> None:
    assert estimate(cell(math.inf, None, 0.0312)) == Rounded("inf", None, "0.0312")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0.00"), (0.012912, "0.0129"), (9.996, "10.0"), (1.5e-9, "1.50e-09"), (math.inf, "inf")],
)
def test_three_significant_digits(value: float, expected: str) -> None:
    assert significant(value) == expected


@given(st.floats(-1e12, 1e12), st.integers(-12, 6))
def test_what_is_printed_is_the_value_to_half_a_unit_of_its_last_place(value: float, place: int) -> None:
    assert float(at_place(value, place)) == pytest.approx(value, rel=1e-12, abs=0.5000001 * 10.0**place)


def test_p_values_read_as_in_papers() -> None:
    assert [p_value(p) for p in (1.0, 0.0312, 0.00099)] == ["p = 1", "p = 0.031", "p < 0.001"]
