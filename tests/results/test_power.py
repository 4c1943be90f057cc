"""The number of seeds that settles a comparison, against published tables and statsmodels."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import TTestIndPower, TTestPower

from ganlab.results.power import power, seeds_to_settle

ONE_SD = {0: -1.0, 1: 0.0, 2: 1.0}
"""Three values with mean 0 and standard deviation 1."""
NO_SPREAD = {0: 0.0, 1: 0.0, 2: 0.0}

effects = st.floats(0.05, 2.0)


def changed(cell: dict[int, float], shift: float, scale: float = 1.0) -> dict[int, float]:
    return {seed: scale * value + shift for seed, value in cell.items()}


@pytest.mark.parametrize(("effect", "seeds"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_two_independent_cells_as_published(effect: float, seeds: int) -> None:
    """Cohen's (1988) small, medium and large effect; the numbers are those of G*Power 3."""
    assert seeds_to_settle(changed(ONE_SD, effect), ONE_SD, paired=False) == seeds


@pytest.mark.parametrize(("effect", "seeds"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_pairs_as_published(effect: float, seeds: int) -> None:
    assert seeds_to_settle(changed(ONE_SD, effect), NO_SPREAD, paired=True) == seeds


@given(effects, st.integers(2, 150))
def test_the_power_of_pairs_agrees_with_statsmodels(effect: float, n: int) -> None:
    expected = TTestPower().power(effect, n, alpha=0.025, alternative="larger")
    assert power(effect, [1.0], n) == pytest.approx(expected, abs=1e-9)


@given(effects, st.integers(2, 150), st.sampled_from([1.0, 0.5, 4.0]))
def test_the_power_of_independent_cells_agrees_with_statsmodels(effect: float, n: int, second_sd: float) -> None:
    """Given the same degrees of freedom: statsmodels has none for unequal variances, for which see Welch (1947)."""
    variances = 1.0, second_sd**2
    df = (n - 1) * sum(variances) ** 2 / sum(variance**2 for variance in variances)
    standardized = effect / math.sqrt(sum(variances) / 2)
    expected = TTestIndPower().power(standardized, n, alpha=0.025, df=df, alternative="larger")
    assert power(effect, [1.0, second_sd], n) == pytest.approx(expected, abs=1e-9)


@settings(max_examples=25)
@given(st.floats(0.2, 3.0))
def test_the_seeds_are_the_fewest_with_80_percent_power(effect: float) -> None:
    """statsmodels solves for a fractional number of pairs, with both tails of the test."""
    expected = TTestPower().solve_power(effect, alpha=0.05, power=0.8)
    assert seeds_to_settle(changed(ONE_SD, effect), NO_SPREAD, paired=True) == math.ceil(expected)


def test_shared_data_order_saves_seeds() -> None:
    """The cells spread by 10, their differences by 1."""
    first = {0: -9.0, 1: 0.0, 2: 9.0}
    second = {0: -10.0, 1: 0.5, 2: 10.0}
    shifted_second = changed(second, 2.0)
    assert seeds_to_settle(first, shifted_second, paired=True) < 10
    assert seeds_to_settle(first, shifted_second, paired=False) > 100


def test_cells_with_other_seeds_are_independent() -> None:
    first, second = changed(ONE_SD, 0.5), {7: -1.0, 8: 0.0, 9: 1.0}
    assert seeds_to_settle(first, second, paired=True) == seeds_to_settle(first, second, paired=False) == 64


@given(st.floats(0.3, 3.0), st.booleans(), st.sampled_from([2.0, 0.25]), st.sampled_from([-8.0, 1.0]))
def test_neither_unit_nor_order_of_the_cells_matters(effect: float, paired: bool, scale: float, shift: float) -> None:
    first, second = {0: -1.0, 1: 0.0, 2: 1.0}, {0: effect, 1: effect, 2: effect + 0.5}
    expected = seeds_to_settle(first, second, paired)
    assert seeds_to_settle(second, first, paired) == expected
    assert seeds_to_settle(changed(first, shift, scale), changed(second, shift, scale), paired) == expected


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({0: 1.0}, {0: 2.0}, id="a single value"),
        pytest.param({0: 1.0, 1: 1.5}, {0: 2.0}, id="a single value in one cell"),
        pytest.param({0: 1.0, 1: math.inf}, {0: 2.0, 1: 3.0}, id="a diverged run"),
        pytest.param({0: 1.0, 1: math.inf}, {0: math.inf, 1: 3.0}, id="diverged runs in both cells"),
        pytest.param({0: 1.0, 1: 3.0}, {0: 3.0, 1: 1.0}, id="no difference"),
        pytest.param(ONE_SD, {0: 0.0, 1: 1.0, 2: -0.99}, id="more seeds than anyone trains"),
    ],
)
def test_where_nothing_can_be_said(first: dict, second: dict, paired: bool) -> None:
    assert seeds_to_settle(first, second, paired) is None


@pytest.mark.parametrize("paired", [False, True])
def test_cells_without_spread_need_as_many_seeds_as_ranks_do(paired: bool) -> None:
    assert seeds_to_settle({0: 1.0, 1: 1.0}, {0: 2.0, 1: 2.0}, paired) == 4
    assert seeds_to_settle({0: 0.1, 1: 0.1, 2: 0.1}, {0: 0.2, 1: 0.2, 2: 0.2 + 1e-16}, paired) == 4
    assert 2 / math.comb(6, 3) > 0.05 >= 2 / math.comb(8, 4)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("distance", [1e3, 1e6, 1e11])
def test_cells_far_apart_need_few_seeds(distance: float) -> None:
    assert seeds_to_settle(changed(ONE_SD, distance), ONE_SD, paired=False) == 2


def test_cells_that_lie_apart_take_as_many_seeds_as_a_test_of_ranks_needs():
    """Of 4 and 4 values, 2 of 70 orders lie apart; of 3 and 3, 2 of 20."""
    diverged = {0: math.inf, 1: math.inf, 2: math.inf}
    assert seeds_to_settle(diverged, ONE_SD, paired=True) == 4
    assert seeds_to_settle(changed(ONE_SD, 5.0), ONE_SD, paired=True) == 4


def test_a_constant_difference_of_cells_that_overlap_gives_no_number():
    """They are compared by their ranks, which such a difference does not tell apart."""
    many = {seed: 0.1 + 0.01 * seed for seed in range(10)}
    assert seeds_to_settle(changed(many, 0.005), many, paired=True) is None
    assert seeds_to_settle({0: math.inf, 1: 0.5}, {0: 1.0, 1: 2.0}, paired=True) is None
