"""Comparisons of two cells against published examples, scipy, statsmodels, enumeration, and laws."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Mapping
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from ganlab.results.comparison import Difference, are_counts, compare, rank_test

# Student (1908), extra hours of sleep of ten patients under two drugs: `sleep` in R, to which the comments refer.
SLEEP_FIRST = dict(enumerate([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]))
SLEEP_SECOND = dict(enumerate([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]))

numbers = st.integers(-1000, 1000).map(float)
cells = st.lists(numbers, min_size=2, max_size=8).map(lambda values: dict(enumerate(values)))
cells_with_diverged_runs = st.lists(numbers | st.just(math.inf), min_size=1, max_size=6).map(
    lambda values: dict(enumerate(values))
)
directions = st.sampled_from(["lower", "higher"])


def by_seed(*values: float) -> dict[int, float]:
    return dict(enumerate(values))


def reordered(cell: Mapping[int, float]) -> dict[int, float]:
    return dict(reversed(cell.items()))


def changed(cell: Mapping[int, float], scale: float = 1.0, shift: float = 0.0) -> dict[int, float]:
    return {seed: scale * value + shift for seed, value in cell.items()}


def test_independent_cells_as_published() -> None:
    """`t.test(extra ~ group)`."""
    difference = compare(SLEEP_FIRST, SLEEP_SECOND, "higher", paired=False)
    assert (difference.paired, difference.test) == (False, "Welch t")
    assert difference.difference == pytest.approx(-1.58)
    assert difference.ci95 == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
    assert difference.p == pytest.approx(0.07939, abs=5e-6)


def test_pairs_as_published() -> None:
    """`t.test(extra ~ group, paired = TRUE)`."""
    difference = compare(SLEEP_FIRST, SLEEP_SECOND, "higher", paired=True)
    assert (difference.paired, difference.test) == (True, "paired t")
    assert difference.difference == pytest.approx(-1.58)
    assert difference.ci95 == pytest.approx((-2.4598858, -0.7001142), abs=5e-8)
    assert difference.p == pytest.approx(0.002833, abs=5e-7)


def test_ranks_with_ties_as_published() -> None:
    """`wilcox.test(extra ~ group)`: W = 25.5; `wilcox.exact` of exactRankTests: p-value = 0.06582."""
    first, second = list(SLEEP_FIRST.values()), list(SLEEP_SECOND.values())
    assert compare(SLEEP_FIRST, SLEEP_SECOND, "higher", paired=False).probability == 25.5 / 100
    assert rank_test(first, second) == pytest.approx(0.06582, abs=5e-6)


@pytest.mark.filterwarnings("ignore:Precision loss")
@given(cells, cells)
def test_independent_cells_agree_with_scipy_and_statsmodels(first: dict, second: dict) -> None:
    one, other = list(first.values()), list(second.values())
    assume((len(set(one)) > 1 or len(set(other)) > 1) and not are_counts(first, second))
    difference = compare(first, second, "lower", paired=False)
    interval = CompareMeans(DescrStatsW(one), DescrStatsW(other)).tconfint_diff(usevar="unequal")
    assert difference.ci95 == pytest.approx(interval, rel=1e-6, abs=1e-6)
    assert difference.p == pytest.approx(stats.ttest_ind(one, other, equal_var=False).pvalue, rel=1e-6, abs=1e-12)


@given(st.lists(st.tuples(numbers, numbers), min_size=2, max_size=8))
def test_pairs_agree_with_scipy_and_statsmodels(pairs: list[tuple[float, float]]) -> None:
    one, other = map(list, zip(*pairs, strict=True))
    differences = [a - b for a, b in pairs]
    assume(len(set(differences)) > 1 and not are_counts(by_seed(*one), by_seed(*other)))
    difference = compare(by_seed(*one), by_seed(*other), "lower", paired=True)
    assert difference.ci95 == pytest.approx(DescrStatsW(differences).tconfint_mean(), rel=1e-6, abs=1e-6)
    assert difference.p == pytest.approx(stats.ttest_rel(one, other).pvalue, rel=1e-6, abs=1e-12)


def test_pairs_are_matched_by_seed_not_by_position() -> None:
    assert compare(SLEEP_FIRST, reordered(SLEEP_SECOND), "lower", paired=True) == compare(
        SLEEP_FIRST, SLEEP_SECOND, "lower", paired=True
    )


def test_cells_with_other_seeds_are_independent() -> None:
    later = {seed + 1: value for seed, value in SLEEP_SECOND.items()}
    expected = compare(SLEEP_FIRST, SLEEP_SECOND, "lower", paired=False)
    assert compare(SLEEP_FIRST, later, "lower", paired=True) == expected


@pytest.mark.parametrize(("better", "probability"), [("higher", 5 / 6), ("lower", 1 / 6)])
def test_the_probability_that_a_run_beats_another(better, probability: float) -> None:
    """3 is above 1, 2 and 2; 2 is above 1 and level with 2 and 2, each of which counts half."""
    assert compare(by_seed(3.0, 2.0), by_seed(1.0, 2.0, 2.0), better, paired=False).probability == probability


@given(cells_with_diverged_runs, cells_with_diverged_runs, directions)
def test_the_probability_is_the_share_of_pairs(first: dict, second: dict, better) -> None:
    pairs = list(product(first.values(), second.values()))
    ordered = pairs if better == "higher" else [(other, one) for one, other in pairs]
    share = sum((one > other) + (one == other) / 2 for one, other in ordered) / len(pairs)
    assert compare(first, second, better, paired=False).probability == share


def test_cells_of_many_seeds_are_compared_without_listing_their_pairs() -> None:
    first, second = (by_seed(*np.random.default_rng(cell).normal(size=5000).tolist()) for cell in range(2))
    tracemalloc.start()
    compare(first, second, "lower", paired=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6


def test_diverged_runs_are_compared_by_ranks() -> None:
    """All five of the first are worse than all five of the second: 2 of the 252 ways to deal ten values out."""
    diverged = by_seed(*[math.inf] * 5)
    difference = compare(diverged, by_seed(0.1, 0.2, 0.3, 0.4, 0.5), "lower", paired=True)
    assert difference == Difference(
        paired=False,
        test="Mann-Whitney",
        difference=None,
        ci95=None,
        p=pytest.approx(2 / math.comb(10, 5)),
        probability=0.0,
    )


@settings(max_examples=50)
@given(*[st.lists(numbers | st.just(math.inf), min_size=2, max_size=5)] * 2)
def test_ranks_of_few_values_agree_with_enumeration(first: list[float], second: list[float]) -> None:
    """Twice the share of all ways to deal the ranks out whose sum is as extreme as that seen, at most 1."""
    ranks = stats.rankdata([*first, *second])
    sums = [sum(dealt) for dealt in combinations(ranks, len(first))]
    seen = sum(ranks[: len(first)])
    tail = min(sum(dealt <= seen for dealt in sums), sum(dealt >= seen for dealt in sums))
    assert rank_test(first, second) == pytest.approx(min(1.0, 2 * tail / len(sums)))


@settings(max_examples=20)
@given(*[st.lists(numbers | st.just(math.inf), min_size=2, max_size=6)] * 2)
def test_ranks_of_few_values_agree_with_scipy(first: list[float], second: list[float]) -> None:
    assume(len({*first, *second}) > 1)
    expected = stats.mannwhitneyu(first, second, method=stats.PermutationMethod()).pvalue
    assert rank_test(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("n", [3, 8, 20, 50])
def test_complete_separation_is_one_of_two_ways_to_deal_the_ranks_out(n: int) -> None:
    first, second = [float(value) for value in range(n)], [float(value) for value in range(n, 2 * n)]
    assert rank_test(first, second) == pytest.approx(2 / math.comb(2 * n, n), rel=1e-9)
    assert rank_test([math.inf] * n, [0.0] * n) == pytest.approx(2 / math.comb(2 * n, n), rel=1e-9)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 10_000), min_size=16, max_size=60, unique=True), st.integers(2, 14))
def test_ranks_without_ties_agree_with_scipys_exact_test(values: list[int], count: int) -> None:
    first, second = values[:count], values[count:]
    expected = stats.mannwhitneyu(first, second, method="exact").pvalue
    assert rank_test(first, second) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n", [51, 80])
def test_ranks_of_many_values_are_tested_with_ties(n: int) -> None:
    """By hand: U = n^2 is n^2 / 2 above its mean; with two blocks of n ties its variance is n^4 / (8 n - 4)."""
    first, second = [math.inf] * n, [0.0] * n
    z = (n**2 / 2 - 0.5) / math.sqrt(n**4 / (8 * n - 4))
    assert rank_test(first, second) == pytest.approx(math.erfc(z / math.sqrt(2)))


@pytest.mark.parametrize(
    ("first", "second", "difference", "p"),
    [
        (by_seed(1.0), by_seed(5.0, 5.1, 5.2), -4.1, 1.0),
        (by_seed(1.0), by_seed(5.0), -4.0, 1.0),
        (by_seed(math.inf), by_seed(5.0, 6.0), None, 1.0),
    ],
)
def test_a_single_value_proves_nothing(first: dict, second: dict, difference: float | None, p: float) -> None:
    comparison = compare(first, second, "lower", paired=True)
    assert (comparison.test, comparison.ci95, comparison.p) == ("none", None, p)
    assert comparison.difference == (None if difference is None else pytest.approx(difference))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize(
    ("first", "second", "p", "difference"),
    [
        (by_seed(1.0, 1.0), by_seed(1.0, 1.0), 1.0, 0.0),
        (by_seed(1.0, 1.0), by_seed(2.0, 2.0), 1 / 3, -1.0),
        (by_seed(*[1.0] * 5), by_seed(*[2.0] * 5), 2 / math.comb(10, 5), -1.0),
        (by_seed(*[0.1] * 4), by_seed(0.2, 0.2, 0.2 + 1e-16, 0.2), 2 / math.comb(8, 4), pytest.approx(-0.1)),
        (by_seed(math.inf, math.inf), by_seed(math.inf, math.inf), 1.0, None),
    ],
)
def test_without_spread_ranks_decide_and_there_is_no_interval(first, second, p, difference, paired: bool) -> None:
    found = compare(first, second, "lower", paired)
    assert (found.test, found.ci95, found.difference) == ("Mann-Whitney", None, difference)
    assert found.p == pytest.approx(p)


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_counts_without_a_difference_are_seldom_told_apart(seeds: int, paired: bool) -> None:
    """Either value with probability 1/2: all ways that the values of two cells can fall out, each as likely."""
    falls = [dict(enumerate(values)) for values in product((7.0, 8.0), repeat=seeds)]
    rejected = [compare(first, second, "higher", paired).p <= 0.05 for first in falls for second in falls]
    assert sum(rejected) / len(rejected) <= 0.05


def test_counts_of_eight_seeds_without_a_difference_are_seldom_told_apart() -> None:
    """As above, each number of 8s with its binomial weight; a Welch test tells 7.5% apart."""
    falls = {count: by_seed(*[8.0] * count, *[7.0] * (8 - count)) for count in range(9)}
    ways = {count: math.comb(8, count) / 2**8 for count in falls}
    rejected = (
        ways[one] * ways[other]
        for one, other in product(falls, repeat=2)
        if compare(falls[one], falls[other], "higher", paired=False).p <= 0.05
    )
    assert sum(rejected) <= 0.05


def test_few_different_values_are_compared_by_ranks_and_many_by_their_means() -> None:
    counts, more = by_seed(7.0, 8.0, 8.0), by_seed(7.0, 8.0, 9.0)
    assert compare(counts, more, "higher", paired=True).test == "Mann-Whitney"
    assert compare(counts, changed(more, shift=0.5), "higher", paired=True).test == "paired t"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_very_small_and_very_large_values_are_compared_like_others(scale: float) -> None:
    first, second = by_seed(1.0, 2.0, 4.0), by_seed(3.0, 5.0, 8.0)
    for paired in (False, True):
        scaled = compare(changed(first, scale), changed(second, scale), "lower", paired)
        assert scaled.p == pytest.approx(compare(first, second, "lower", paired).p)


@given(cells_with_diverged_runs, cells_with_diverged_runs, directions, st.booleans())
def test_the_order_of_values_does_not_matter(first: dict, second: dict, better, paired: bool) -> None:
    expected = compare(first, second, better, paired)
    assert compare(reordered(first), reordered(second), better, paired) == expected


@given(cells_with_diverged_runs, cells_with_diverged_runs, directions, st.booleans())
def test_swapping_the_cells_mirrors_the_comparison(first: dict, second: dict, better, paired: bool) -> None:
    there, back = compare(first, second, better, paired), compare(second, first, better, paired)
    assert back.test == there.test
    assert back.p == pytest.approx(there.p)
    assert back.probability == pytest.approx(1 - there.probability)
    if there.difference is not None:
        assert back.difference == -there.difference
    if there.ci95 is not None:
        assert back.ci95 == pytest.approx((-there.ci95[1], -there.ci95[0]))


@given(cells, cells, directions, st.booleans(), numbers)
def test_shifting_both_cells_changes_nothing(first: dict, second: dict, better, paired: bool, shift: float) -> None:
    before = compare(first, second, better, paired)
    after = compare(changed(first, shift=shift), changed(second, shift=shift), better, paired)
    assume(after.test == before.test)  # the shift may take the spread below what a sum keeps
    assert after.ci95 == (before.ci95 and pytest.approx(before.ci95, rel=1e-6, abs=1e-6))
    assert after.p == pytest.approx(before.p, rel=1e-6, abs=1e-12)
    assert after.probability == before.probability


@given(cells, cells, st.booleans(), st.sampled_from([2.0, 0.25, 1024.0]))
def test_a_change_of_unit_scales_the_difference_alone(first: dict, second: dict, paired: bool, scale: float) -> None:
    before = compare(first, second, "lower", paired)
    after = compare(changed(first, scale), changed(second, scale), "lower", paired)
    assert after.difference == scale * before.difference
    assert after.ci95 == (before.ci95 and pytest.approx([scale * end for end in before.ci95]))
    assert (after.p, after.probability) == (pytest.approx(before.p), before.probability)


@given(cells, cells, st.booleans())
def test_the_interval_excludes_zero_exactly_where_p_is_below_five_percent(
    first: dict, second: dict, paired: bool
) -> None:
    difference = compare(first, second, "lower", paired)
    assume(difference.ci95 and abs(difference.p - 0.05) > 1e-9)
    low, high = difference.ci95
    assert (low <= 0 <= high) == (difference.p > 0.05)
