"""The statistics of one cell against closed forms, scipy, and laws; `test_coverage` simulates the intervals."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ganlab.results.statistics import BOOTSTRAP_FROM, describe, interquartile_mean

SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
"""Student (1908), extra hours of sleep of ten patients under a drug."""

numbers = st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
cells = st.lists(numbers, min_size=2, max_size=8)


def with_diverged_runs(n: int) -> st.SearchStrategy[list[float]]:
    return st.lists(numbers | st.just(math.inf), min_size=n, max_size=n)


def test_the_numbers_of_a_cell_by_hand() -> None:
    cell = describe([1.0, 2.0, 3.0, 4.0, 10.0])
    assert (cell.n, cell.mean, cell.median, cell.iqm) == (5, 4.0, 3.0, 3.0)
    assert cell.sd == pytest.approx(math.sqrt((9 + 4 + 1 + 0 + 36) / 4))


def test_the_interval_is_students() -> None:
    expected = stats.ttest_1samp(SLEEP, 0.0).confidence_interval(0.95)
    assert describe(SLEEP).ci95 == pytest.approx((expected.low, expected.high))


def test_the_interval_of_two_values_in_closed_form() -> None:
    """With one degree of freedom t is Cauchy: its 97.5% quantile is tan(0.475 pi)."""
    half_width = math.tan(0.475 * math.pi) * math.sqrt(0.5) / math.sqrt(2)
    assert describe([0.0, 1.0]).half_width == pytest.approx(half_width)


def test_one_value_has_no_interval() -> None:
    cell = describe([0.5])
    assert (cell.mean, cell.median, cell.iqm) == (0.5, 0.5, 0.5)
    assert cell.sd is None
    assert cell.ci95 is None


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert describe([0.1, 0.1, 0.1]).ci95 == (0.1, 0.1)


def test_values_that_only_a_sums_rounding_tells_apart_have_no_spread() -> None:
    value = 4.382026634673883
    assert describe([value] * 3 + [value * (1 + 4e-16)] * 2).sd == 0.0


def test_an_infinite_value_makes_the_mean_infinite_and_leaves_the_median() -> None:
    cell = describe([1.0, 2.0, 3.0, math.inf])
    assert (cell.mean, cell.median, cell.iqm) == (math.inf, 2.5, 2.5)
    assert cell.ci95 is None


@given(st.integers(1, 24).flatmap(with_diverged_runs), st.sampled_from([1, -1]))
def test_diverged_runs_never_give_a_number_that_is_none(values: list[float], sign: int) -> None:
    cell = describe([sign * value for value in values])
    assert not any(map(math.isnan, (cell.mean, cell.median, cell.iqm)))
    assert (cell.sd is None) == (cell.n == 1 or math.inf in values)


@pytest.mark.parametrize(
    ("values", "median", "iqm"),
    [
        ([math.inf], math.inf, math.inf),
        ([1.0, math.inf], math.inf, math.inf),
        ([1.0, 2.0, 3.0, math.inf, math.inf], 3.0, math.inf),
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, math.inf, math.inf], 4.5, 4.5),
        ([math.inf, math.inf], math.inf, math.inf),
    ],
)
def test_diverged_runs_count_as_the_worst(values: list[float], median: float, iqm: float) -> None:
    lower, higher = describe(values), describe([-value for value in values])
    assert (lower.mean, lower.median, lower.iqm) == (math.inf, median, iqm)
    assert (higher.mean, higher.median, higher.iqm) == (-math.inf, -median, -iqm)


@pytest.mark.parametrize("values", [[1.0, math.nan], [math.inf, -math.inf]])
def test_what_has_no_mean_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="not a number"):
        describe(values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1.0, 2.0, 9.0], 4.0), ([1.0, 2.0, 4.0, 9.0], 3.0), ([-50.0, 0, 1, 2, 3, 4, 5, 90.0], 2.5)],
)
def test_the_interquartile_mean_cuts_a_quarter_at_each_end(values: list[float], expected: float) -> None:
    assert interquartile_mean(values) == pytest.approx(expected)


@given(st.permutations(SLEEP))
def test_the_order_of_seeds_does_not_matter(values: list[float]) -> None:
    assert describe(values) == describe(SLEEP)


@given(cells, st.sampled_from([0.001, 0.5, 3.0, 1000.0]), numbers)
def test_statistics_follow_a_change_of_unit(values: list[float], scale: float, shift: float) -> None:
    cell, changed = describe(values), describe([scale * value + shift for value in values])
    tolerance = 1e-9 * scale * 1e6 + 1e-9 * abs(shift)
    for name in ("mean", "median", "iqm"):
        assert getattr(changed, name) == pytest.approx(scale * getattr(cell, name) + shift, abs=tolerance)
    assert changed.sd == pytest.approx(scale * (cell.sd or 0.0), abs=tolerance)
    assert changed.half_width == pytest.approx(scale * (cell.half_width or 0.0), abs=10 * tolerance)


def test_the_interval_of_the_interquartile_mean_is_that_of_all_resamples() -> None:
    """Nine values are 0 and the others 1: a resample's interquartile mean depends on its number k of ones alone,
    which is binomial. Of 12 values the middle 6 count: their mean is (k - 3) / 6, cut off at 0 and 1."""
    interval = describe([0.0] * 9 + [1.0] * 3).iqm_ci95
    outside = stats.norm.cdf(np.sqrt(12 / 11) * stats.t(11).ppf(0.025))
    ones = stats.binom(12, 3 / 12).ppf([outside, 1 - outside])
    assert interval == pytest.approx(np.clip((ones - 3) / 6, 0, 1))


def test_the_interval_of_the_interquartile_mean_agrees_with_another_method() -> None:
    """BCa corrects for skewness, of which these values have none, and draws other resamples."""
    values = stats.norm(3.0, 2.0).ppf((np.arange(20) + 0.5) / 20)
    expected = stats.bootstrap(
        (values,),
        lambda sample, axis: stats.trim_mean(sample, 0.25, axis=axis),
        confidence_level=1 - 2 * stats.norm.cdf(np.sqrt(20 / 19) * stats.t(19).ppf(0.025)),
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert describe(values.tolist()).iqm_ci95 == pytest.approx(tuple(expected), abs=0.1)


@pytest.mark.parametrize(
    "values", [list(range(BOOTSTRAP_FROM - 1)), [*range(20), math.inf]], ids=["too few values", "a diverged run"]
)
def test_where_the_interquartile_mean_has_no_interval(values: list[float]) -> None:
    assert describe(values).iqm_ci95 is None


def test_equal_values_have_an_interquartile_mean_of_no_width() -> None:
    assert describe([0.5] * 10).iqm_ci95 == (0.5, 0.5)


def test_the_interval_of_many_values_agrees_with_the_normal_approximation() -> None:
    values = np.random.default_rng(1).normal(size=5000)
    kept = stats.trimboth(np.sort(values), 0.25)
    winsorized = np.clip(values, kept.min(), kept.max())
    half_width = stats.norm.ppf(0.975) * winsorized.std(ddof=1) / (0.5 * math.sqrt(len(values)))
    low, high = describe(values.tolist()).iqm_ci95
    assert (low, high) == pytest.approx((kept.mean() - half_width, kept.mean() + half_width), abs=0.2 * half_width)


def test_the_interval_of_many_values_needs_little_memory() -> None:
    values = np.random.default_rng(2).normal(size=20_000).tolist()
    tracemalloc.start()
    describe(values)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
