"""Seed statistics against closed forms, published worked examples, scipy's own tests, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ganlab.results.statistics import describe, distinguishable_best, holm, interquartile_mean, welch_p

# Student (1908), extra hours of sleep under two drugs; R's `t.test(extra ~ group, data = sleep)` gives
# t = -1.8608, df = 17.776, p-value = 0.07939.
SLEEP_FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

numbers = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
cells = st.lists(numbers, min_size=2, max_size=8)


def test_the_numbers_of_a_cell_by_hand() -> None:
    cell = describe([1.0, 2.0, 3.0, 4.0, 10.0])
    assert (cell.n, cell.mean, cell.median, cell.iqm) == (5, 4.0, 3.0, 3.0)
    assert cell.sd == pytest.approx(math.sqrt((9 + 4 + 1 + 0 + 36) / 4))


def test_the_interval_is_students() -> None:
    expected = stats.ttest_1samp(SLEEP_FIRST, 0.0).confidence_interval(0.95)
    assert describe(SLEEP_FIRST).ci95 == pytest.approx((expected.low, expected.high))


def test_the_interval_of_two_values_in_closed_form() -> None:
    """With one degree of freedom t is Cauchy: its 97.5% quantile is tan(0.475 pi)."""
    half_width = math.tan(0.475 * math.pi) * math.sqrt(0.5) / math.sqrt(2)
    assert describe([0.0, 1.0]).half_width == pytest.approx(half_width)


def test_the_interval_covers_the_truth_95_times_in_100() -> None:
    repeats = 2000
    draws = np.random.default_rng(0).normal(3.0, 2.0, size=(repeats, 5))
    intervals = [describe(draw.tolist()).ci95 for draw in draws]
    covered = sum(low <= 3.0 <= high for low, high in filter(None, intervals))
    assert covered / repeats == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / repeats))


def test_one_value_has_no_interval() -> None:
    cell = describe([0.5])
    assert (cell.mean, cell.median, cell.iqm) == (0.5, 0.5, 0.5)
    assert cell.sd is None
    assert cell.ci95 is None


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert describe([0.1, 0.1, 0.1]).ci95 == (0.1, 0.1)


def test_an_infinite_value_makes_the_mean_infinite_and_leaves_the_median() -> None:
    cell = describe([1.0, 2.0, 3.0, math.inf])
    assert (cell.mean, cell.median, cell.iqm) == (math.inf, 2.5, 2.5)
    assert cell.ci95 is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1.0, 2.0, 9.0], 4.0), ([1.0, 2.0, 4.0, 9.0], 3.0), ([-50.0, 0, 1, 2, 3, 4, 5, 90.0], 2.5)],
)
def test_the_interquartile_mean_cuts_a_quarter_at_each_end(values: list[float], expected: float) -> None:
    assert interquartile_mean(values) == pytest.approx(expected)


@given(st.permutations(SLEEP_FIRST))
def test_the_order_of_seeds_does_not_matter(values: list[float]) -> None:
    assert describe(values) == describe(SLEEP_FIRST)


@given(cells, st.sampled_from([0.001, 0.5, 3.0, 1000.0]), numbers)
def test_statistics_follow_a_change_of_unit(values: list[float], scale: float, shift: float) -> None:
    cell, changed = describe(values), describe([scale * value + shift for value in values])
    tolerance = 1e-9 * scale * 1e6 + 1e-9 * abs(shift)
    for name in ("mean", "median", "iqm"):
        assert getattr(changed, name) == pytest.approx(scale * getattr(cell, name) + shift, abs=tolerance)
    assert changed.sd == pytest.approx(scale * (cell.sd or 0.0), abs=tolerance)
    assert changed.half_width == pytest.approx(scale * (cell.half_width or 0.0), abs=10 * tolerance)


def test_welch_agrees_with_the_published_value() -> None:
    assert welch_p(SLEEP_FIRST, SLEEP_SECOND) == pytest.approx(0.07939, abs=5e-6)


@given(cells, cells)
def test_welch_is_symmetric(first: list[float], second: list[float]) -> None:
    assert welch_p(first, second) == pytest.approx(welch_p(second, first))


@pytest.mark.parametrize(
    ("first", "second", "p"),
    [
        ([1.0], [5.0, 5.1, 5.2], 1.0),
        ([1.0, 2.0], [1.0, math.inf], 1.0),
        ([1.0, 1.0], [1.0, 1.0, 1.0], 1.0),
        ([1.0, 1.0], [2.0, 2.0, 2.0], 0.0),
    ],
)
def test_welch_where_there_is_nothing_to_estimate(first: list[float], second: list[float], p: float) -> None:
    assert welch_p(first, second) == p


def test_holm_by_hand() -> None:
    """Smallest first: 4 x 0.005, 3 x 0.01, 2 x 0.03; then 1 x 0.04, raised to the one before."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_never_exceeds_one() -> None:
    assert holm([0.6, 0.9]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_no_correction_and_bonferroni(p_values: list[float]) -> None:
    for p, adjusted in zip(p_values, holm(p_values), strict=True):
        assert p <= adjusted <= min(1.0, len(p_values) * p) or adjusted == pytest.approx(p)


def test_a_clear_winner_is_the_best() -> None:
    far_apart = {"a": [1.0, 1.1, 0.9], "b": [5.0, 5.1, 4.9], "c": [9.0, 9.2, 9.1]}
    assert distinguishable_best(far_apart, "lower") == {"a"}
    assert distinguishable_best(far_apart, "higher") == {"c"}


def test_one_close_rival_is_enough_for_a_tie() -> None:
    close = {"a": [1.0, 1.1, 0.9], "b": [1.05, 1.1, 0.95], "c": [9.0, 9.2, 9.1]}
    assert distinguishable_best(close, "lower") == set()


def test_the_correction_can_undo_a_difference() -> None:
    """Both rivals differ at 5% taken alone (p = 0.032 and 0.034), but 2 x 0.032 is above 5%."""
    best = [0.0, 1.0, 2.0, 3.0, 4.0]
    rivals = {name: [value + shift for value in best] for name, shift in {"b": 2.6, "c": 2.55}.items()}
    for name, values in rivals.items():
        assert stats.ttest_ind(best, values, equal_var=False).pvalue < 0.05
        assert distinguishable_best({"a": best, name: values}, "lower") == {"a"}
    assert distinguishable_best({"a": best, **rivals}, "lower") == set()


@pytest.mark.parametrize("cells", [{}, {"a": [1.0, 1.1]}, {"a": [1.0, 1.1], "b": []}])
def test_nothing_is_the_best_without_a_rival(cells: dict[str, list[float]]) -> None:
    assert distinguishable_best(cells, "lower") == set()


def test_a_single_seed_proves_nothing() -> None:
    assert distinguishable_best({"a": [1.0], "b": [50.0, 51.0, 52.0]}, "lower") == set()


def test_equal_variants_are_rarely_told_apart() -> None:
    repeats = 1000
    draws = np.random.default_rng(1).normal(size=(repeats, 3, 5))
    marked = sum(bool(distinguishable_best(dict(zip("abc", draw.tolist(), strict=True)), "lower")) for draw in draws)
    assert marked / repeats <= 0.05
