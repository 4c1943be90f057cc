"""How often the intervals cover the truth and the tests err, by simulation of the functions that make the table."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ganlab.results.comparison import compare
from ganlab.results.power import seeds_to_settle
from ganlab.results.statistics import describe

pytestmark = pytest.mark.slow


def simulation_error(share: float, repeats: int) -> float:
    """Four standard errors of a share of `repeats`: more happens once in 16,000 simulations."""
    return 4 * math.sqrt(share * (1 - share) / repeats)


def coverage(intervals: list[tuple[float, float]], truth: float) -> float:
    return sum(low <= truth <= high for low, high in intervals) / len(intervals)


def by_seed(values: np.ndarray) -> dict[int, float]:
    return dict(enumerate(values.tolist()))


@pytest.mark.parametrize("n", [3, 5])
def test_the_t_interval_of_the_mean(n: int) -> None:
    repeats = 5000
    draws = np.random.default_rng(n).normal(3.0, 2.0, size=(repeats, n))
    covered = coverage([describe(draw).ci95 for draw in draws.tolist()], 3.0)
    assert covered == pytest.approx(0.95, abs=simulation_error(0.95, repeats))


@pytest.mark.parametrize(("n", "level"), [(10, 0.967), (20, 0.964)])
def test_the_bootstrap_interval_of_the_interquartile_mean_beside_the_t_interval(n: int, level: float) -> None:
    """The levels of the bootstrap are those of 8,000 simulations in numpy alone: a little above 95%."""
    repeats = 1500
    draws = np.random.default_rng(n).normal(3.0, 2.0, size=(repeats, n))
    cells = [describe(draw) for draw in draws.tolist()]
    assert coverage([cell.iqm_ci95 for cell in cells], 3.0) == pytest.approx(
        level, abs=simulation_error(level, repeats)
    )
    assert coverage([cell.ci95 for cell in cells], 3.0) == pytest.approx(0.95, abs=simulation_error(0.95, repeats))


@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_interval_of_the_difference_of_pairs(n: int) -> None:
    repeats = 5000
    rng = np.random.default_rng(n)
    shared = rng.normal(0.0, 2.0, size=(repeats, n))
    first, second = (shared + rng.normal(mean, 1.0, size=(repeats, n)) for mean in (1.0, 0.0))
    differences = [compare(by_seed(a), by_seed(b), "lower", paired=True) for a, b in zip(first, second, strict=True)]
    covered = coverage([difference.ci95 for difference in differences], 1.0)
    assert covered == pytest.approx(0.95, abs=simulation_error(0.95, repeats))


@pytest.mark.parametrize(
    ("n", "second_sd", "level"),
    [(3, 1.0, 0.965), (3, 5.0, 0.942), (5, 1.0, 0.956), (5, 5.0, 0.947), (10, 1.0, 0.952), (10, 5.0, 0.949)],
)
def test_welchs_interval_of_the_difference_of_independent_cells(n: int, second_sd: float, level: float) -> None:
    """Welch's interval is approximate. The levels are those of a million simulations in numpy alone: at 3 seeds it is
    too wide for equal standard deviations, and a little too narrow where one is 5 times the other."""
    repeats = 5000
    rng = np.random.default_rng(n)
    first, second = rng.normal(1.0, 1.0, size=(repeats, n)), rng.normal(0.0, second_sd, size=(repeats, n))
    differences = [compare(by_seed(a), by_seed(b), "lower", paired=False) for a, b in zip(first, second, strict=True)]
    covered = coverage([difference.ci95 for difference in differences], 1.0)
    assert covered == pytest.approx(level, abs=simulation_error(level, repeats))


@pytest.mark.parametrize("n", [5, 8, 10])
def test_equal_cells_with_diverged_runs_are_rarely_told_apart(n: int) -> None:
    """A run diverges with a probability of 30%."""
    repeats = 1000
    rng = np.random.default_rng(n)
    draws = np.where(rng.random((repeats, 2, n)) < 0.3, np.inf, rng.normal(size=(repeats, 2, n)))
    wrong = sum(compare(by_seed(a), by_seed(b), "lower", paired=False).p <= 0.05 for a, b in draws)
    assert wrong / repeats <= 0.05 + simulation_error(0.05, repeats)


@pytest.mark.parametrize("paired", [False, True])
def test_the_seeds_that_settle_a_comparison_do_so_in_80_of_100(paired: bool) -> None:
    """Of cells with a standard deviation of 1 that are 0.8 apart, correlated by 0.5 where they are pairs."""
    shape = np.array([-1.0, 0.0, 1.0])
    observed = by_seed(shape + 0.8), by_seed(np.array([-1.0, 1.0, 0.0]))
    n = seeds_to_settle(*observed, paired)
    repeats = 2000
    rng = np.random.default_rng(0)
    covariance = [[1.0, 0.5], [0.5, 1.0]] if paired else np.eye(2)
    draws = rng.multivariate_normal([0.8, 0.0], covariance, size=(repeats, n)).transpose(0, 2, 1)
    found = sum(compare(by_seed(a), by_seed(b), "lower", paired).p <= 0.05 for a, b in draws)
    assert found / repeats == pytest.approx(0.8, abs=simulation_error(0.8, repeats) + 0.01)
