"""How often a best row is found or ruled out, and how often one is claimed where there is none, by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.random import Generator
from records import spec_file
from scipy import stats
from statsmodels.stats.multitest import multipletests

from ganlab.data.splits import SplitOptions
from ganlab.data.values import SplitValues
from ganlab.results.columns import Final
from ganlab.results.ranking import Mark, RowValues, compare_rows, holm, marks
from ganlab.results.runs import Run

W1 = Final(name="w1", metric="w1", better="lower", estimator="")
FAR = 100.0


def rows_of(cells: np.ndarray, paired: bool) -> dict[str, RowValues]:
    """The rows of a column that hold `cells` [rows, seeds]."""
    return {
        str(row): RowValues(run=with_batches_of(64 if paired else row), values=dict(enumerate(values)))
        for row, values in enumerate(cells.tolist())
    }


def with_batches_of(size: int) -> Run:
    return Run(spec_file=spec_file(batch_size=2 + size), summary=None, origin=None)


def marked(cells: np.ndarray, paired: bool) -> dict[str, Mark]:
    return marks(compare_rows("gaussian", W1, rows_of(cells, paired)))


def best_of(cells: np.ndarray, paired: bool) -> str | None:
    return next((label for label, mark in marked(cells, paired).items() if mark == "best"), None)


def finite(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.normal(size=shape)


def diverging(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    return np.where(rng.random(shape) < 0.25, np.inf, rng.normal(size=shape))


def counts(rng: Generator, shape: tuple[int, int]) -> np.ndarray:
    return rng.integers(6, 9, size=shape).astype(float)


def at_most(share: float, repeats: int) -> float:
    """`share` with four standard errors of a simulation."""
    return share + 4 * math.sqrt(share * (1 - share) / repeats)


@pytest.mark.parametrize("paired", [False, True])
def test_a_row_ahead_by_three_standard_deviations_is_mostly_best(paired: bool) -> None:
    """Of six rows and five seeds. By numerical integration, one pair alone is found in 93 of 100 cases if paired."""
    repeats = 250
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(repeats, 6, 5)) - 3 * np.eye(6)[0][:, None]
    assert sum(best_of(cells, paired) == "0" for cells in draws) / repeats >= 0.7


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("draw", [finite, diverging, counts])
def test_of_two_equal_rows_before_a_third_none_is_best(draw: Callable[..., np.ndarray], paired: bool) -> None:
    """The most favourable case for a false claim: only the two need be told apart by chance."""
    repeats = 800
    rng = np.random.default_rng(1)
    far = np.array([[0.0], [0.0], [FAR]])
    claimed = sum(best_of(draw(rng, (3, 5)) + far, paired) is not None for _ in range(repeats))
    assert claimed / repeats <= at_most(0.05, repeats)


def test_over_splits_two_equally_good_generators_are_seldom_told_apart() -> None:
    """Their samples are those of the truth, moved by as much to either side: equally far from it, and here from the
    held-out values by chance. On one split, that chance is the same for all seeds."""
    repeats, by_split, on_one_split = 200, 0, 0
    rng = np.random.default_rng(3)
    truth = stats.norm.ppf((np.arange(1_000) + 0.5) / 1_000)
    for _ in range(repeats):
        values = rng.normal(size=570)
        held = [SplitValues(values, SplitOptions(split=split), "values").reference.held_out for split in range(5)]
        noise = rng.normal(0, 0.01, size=(2, 5))
        first, second = (
            np.array([[stats.wasserstein_distance(truth + shift + move, one) for one in held] for move in moves])
            for shift, moves in zip((-0.15, 0.15), noise, strict=True)
        )
        by_split += best_of(np.stack([first.diagonal(), second.diagonal()]), paired=True) is not None
        on_one_split += best_of(np.stack([first[:, 0], second[:, 0]]), paired=True) is not None
    assert by_split / repeats <= at_most(0.05, repeats)
    assert on_one_split / repeats > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("seeds", [5, *(pytest.param(seeds, marks=pytest.mark.long) for seeds in (3, 8))])
@pytest.mark.parametrize("rows", [3, *(pytest.param(rows, marks=pytest.mark.long) for rows in (2, 8))])
@pytest.mark.parametrize("draw", [finite, diverging, counts])
@pytest.mark.parametrize("behind", [0.0, FAR], ids=["all equal", "all but two far behind"])
def test_where_no_row_is_best_none_is_called_so(draw, rows: int, seeds: int, paired: bool, behind: float) -> None:
    repeats = 400
    rng = np.random.default_rng(2)
    far = np.where(np.arange(rows) < 2, 0.0, behind)[:, None]
    claimed = sum(best_of(draw(rng, (rows, seeds)) + far, paired) is not None for _ in range(repeats))
    assert claimed / repeats <= at_most(0.05, repeats)


def test_one_row_alone_and_no_row_at_all_have_no_best() -> None:
    assert best_of(np.array([[1.0, 2.0]]), paired=True) is None
    assert marks(compare_rows("gaussian", W1, rows_of(np.empty((0, 5)), paired=True))) == {}


def test_more_rows_and_columns_make_no_row_less_best() -> None:
    """The claim is one of its column, so a further row that is far behind takes nothing from it."""
    good, bad = [1.0, 1.2, 1.1, 0.9, 1.0], [1.5, 1.4, 1.9, 1.6, 1.3]
    assert best_of(np.array([good, bad]), paired=True) == "0"
    assert best_of(np.array([good, bad, *[[FAR, FAR + 1, FAR, FAR, FAR]] * 10]), paired=True) == "0"


@pytest.mark.parametrize("p_values", [[], [0.03], [0.04, 0.001, 0.03, 0.9], [0.02, 0.02, 0.02], [0.5, 0.7]])
def test_p_values_are_adjusted_as_statsmodels_does(p_values: list[float]) -> None:
    expected = multipletests(p_values, method="holm")[1] if p_values else []
    assert holm(p_values) == pytest.approx(list(expected))


def test_only_comparisons_with_the_best_mean_are_adjusted() -> None:
    cells = np.random.default_rng(4).normal(size=(4, 5))
    comparisons = compare_rows("gaussian", W1, rows_of(cells, paired=True))
    of_the_best, others = comparisons[:3], comparisons[3:]
    halves = [one.difference.p / 2 for one in of_the_best]
    assert [one.adjusted_p for one in of_the_best] == pytest.approx(list(multipletests(halves, method="holm")[1]))
    assert [one.adjusted_p for one in others] == [None] * 3


def test_a_row_that_a_single_test_would_rule_out_could_be_best_among_many() -> None:
    """A pair with p = 0.04 alone: as one of five comparisons, it does not rule the row out at 5%."""
    best = np.array([-1.0, 0.0, 1.0, -1.0, 1.0])
    tied, behind = best + 0.1, best + 1.55
    assert stats.ttest_ind(best, behind, equal_var=False).pvalue == pytest.approx(0.04, abs=0.004)
    assert marked(np.array([best, behind]), paired=False) == {"0": "best"}
    assert marked(np.array([best, tied, tied, tied, tied, behind]), paired=False)["5"] == "tied"
    far_behind = best + 10
    assert "6" not in marked(np.array([best, tied, tied, tied, tied, behind, far_behind]), paired=False)


def unmarked_share(draw, paired: bool, rows: int, equal: int, repeats: int) -> float:
    """How often one of `equal` best rows has no mark, with five seeds and all others far behind."""
    rng = np.random.default_rng(5)
    far = np.where(np.arange(rows) < equal, 0.0, FAR)[:, None]
    found = [marked(draw(rng, (rows, 5)) + far, paired) for _ in range(repeats)]
    return sum(str(row) not in marks for marks in found for row in range(equal)) / (equal * repeats)


def test_a_row_that_is_truly_best_is_seldom_without_a_mark() -> None:
    """Of ten equal rows, single tests at 5% would rule out 11 in 100 (numpy and scipy alone, 20,000 columns)."""
    assert unmarked_share(finite, paired=False, rows=10, equal=10, repeats=80) <= 0.05


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("equal", [2, 3, 4, 10])
@pytest.mark.parametrize("draw", [finite, diverging, counts])
def test_truly_best_rows_of_ten_have_a_mark(draw, equal: int, paired: bool) -> None:
    repeats = 400
    share = unmarked_share(draw, paired, rows=10, equal=equal, repeats=repeats)
    assert share <= at_most(0.05, repeats)
