"""Fewer points and fewer digits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.results.report.thinning import drawn, evenly


@given(st.integers(0, 300), st.integers(2, 100))
def test_what_is_left_is_evenly_spread_with_both_ends(count, most):
    kept = evenly(range(count), most)
    assert len(kept) == min(count, most)
    if count:
        assert (kept[0], kept[-1]) == (0, count - 1)
    gaps = {second - first for first, second in pairwise(kept)}
    assert not gaps or (min(gaps) >= 1 and max(gaps) - min(gaps) <= 1)


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1.23456, 1.235), (-0.000123456, -0.0001235), (123456, 123500.0), (0, 0.0), (None, None)],
)
def test_a_drawn_number_has_four_digits(number, shown):
    assert drawn(number) == shown
