"""Ranks and scores over data sets: values from the papers that define them, from closed forms, and from rliable."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from ganlab.errors import InputError
from ganlab.results.across_datasets import (
    interquartile_means,
    mean_ranks,
    normalised_scores,
    performance_profiles,
    probability_of_improvement,
)

DEMSAR = {
    "C4.5": [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1.0, 0.940, 0.619, 0.972, 0.957],
    "C4.5+m": [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1.0, 0.962, 0.666, 0.981, 0.978],
    "C4.5+cf": [0.771, 0.590, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1.0, 0.965, 0.614, 0.9751, 0.946],
    "C4.5+m+cf": [0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1.0, 0.962, 0.669, 0.975, 0.970],
}
"""Table 6 of Demšar (2006): the AUC of four classifiers on 14 data sets.

Two values on voting are printed alike, as 0.975. That of C4.5+cf is a little larger here, as the printed mean ranks
tell.
"""


def frame_of(values: dict[str, dict[str, list[float]]], better: str = "higher") -> pd.DataFrame:
    """A tidy frame of the last values of each row's seeds, by row and data set."""
    frame = pd.DataFrame(
        [
            (f"{row}-{dataset}-{seed}", row, dataset, seed, "m", 10, value, "finished")
            for row, by_dataset in values.items()
            for dataset, seeds in by_dataset.items()
            for seed, value in enumerate(seeds)
        ],
        columns=["run", "row", "dataset", "seed", "metric", "step", "value", "status"],
    )
    frame.attrs["better"] = {"m": better}
    return frame


@pytest.fixture
def demsar() -> pd.DataFrame:
    return frame_of({row: {f"d{i}": [auc] for i, auc in enumerate(aucs)} for row, aucs in DEMSAR.items()})


def test_mean_ranks_and_the_critical_difference_are_those_of_demsar(demsar):
    ranks = mean_ranks(demsar, "m")
    assert ranks.mean.round(3).to_dict() == {"C4.5+m+cf": 1.964, "C4.5+m": 2.0, "C4.5+cf": 2.893, "C4.5": 3.143}
    assert ranks.critical_difference == pytest.approx(1.25, abs=0.005)
    assert ranks.friedman_p < 0.05


def test_rows_are_tested_against_the_best_with_holms_adjustment(demsar):
    """z is the difference of ranks over 0.488; the smallest of three p-values is tripled, the next one doubled."""
    found = mean_ranks(demsar, "m").holm_p
    by_hand = [math.erfc(difference / 0.488 / math.sqrt(2)) for difference in (1.179, 0.929, 0.036)]
    adjusted = [3 * by_hand[0], 2 * by_hand[1], by_hand[2]]
    assert found[["C4.5", "C4.5+cf", "C4.5+m"]].tolist() == pytest.approx(adjusted, abs=0.005)


def test_a_diverged_run_ranks_its_row_last():
    frame = frame_of(
        {row: {"x": [value], "y": [value]} for row, value in zip("abc", (0.1, math.inf, 0.2), strict=True)}, "lower"
    )
    assert list(mean_ranks(frame, "m").mean.index) == ["a", "c", "b"]


def test_rows_that_are_alike_everywhere_share_their_rank():
    ranks = mean_ranks(frame_of({row: {"x": [25.0], "y": [25.0]} for row in "abc"}), "m")
    assert (ranks.mean == 2).all()
    assert ranks.friedman_p == 1
    assert (ranks.holm_p == 1).all()


def test_ranks_of_too_little_are_refused():
    with pytest.raises(InputError, match="'m' has 1 on 1"):
        mean_ranks(frame_of({"a": {"x": [1.0]}}), "m")
    with pytest.raises(InputError, match="'c' has no 'm' on y"):
        mean_ranks(frame_of({"a": {"x": [1], "y": [1]}, "b": {"x": [1], "y": [1]}, "c": {"x": [1]}}), "m")


def test_scores_are_one_at_the_best_value_and_zero_at_the_worst_and_for_diverged_runs():
    frame = frame_of({"a": {"x": [0.1, 0.6, 1.1, math.inf], "y": [2.0]}}, "lower")
    scores = normalised_scores(frame, "m", best={"x": 0.1, "y": 1.0}, worst={"x": 1.1, "y": 5.0})
    assert scores.value.tolist() == pytest.approx([1.0, 0.5, 0.0, 0.0, 0.75])
    with pytest.raises(InputError, match="scores on y take a best and a worst 'm'"):
        normalised_scores(frame, "m", best={"x": 0.1}, worst={"x": 1.1})


def test_the_interquartile_mean_is_that_of_the_middle_half_of_all_scores():
    scores = frame_of({"a": {"x": [0.0, 1.0, 2.0, 3.0], "y": [4.0, 5.0, 6.0, 700.0]}})
    found = interquartile_means(scores).loc["a"]
    assert found.iqm == pytest.approx(3.5)
    assert found.low < 3.5 < found.high


def test_a_profile_is_the_share_of_runs_above_each_threshold_over_data_sets():
    scores = frame_of({"a": {"x": [0.0, 1.0], "y": [0.5, 0.5, 0.5, 1.0]}})
    assert performance_profiles(scores, [-1.0, 0.5, 1.0])["a"].tolist() == pytest.approx([1.0, 0.375, 0.0])


def test_the_probability_of_improvement_is_the_mean_over_data_sets():
    frame = frame_of({"a": {"x": [1.0, 3.0], "y": [5.0]}, "b": {"x": [2.0, 3.0], "y": [1.0]}})
    probability, low, high = probability_of_improvement(frame, "m", "a", "b")
    assert probability == pytest.approx((1.5 / 4 + 1) / 2)
    assert low <= probability <= high
    with pytest.raises(InputError, match="on no data set together"):
        probability_of_improvement(frame, "m", "a", "c")


def test_rliable_finds_the_same():
    metrics, library = (
        pytest.importorskip(f"rliable.{name}", reason="rliable is not installed") for name in ("metrics", "library")
    )
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 10, 3))
    frame = frame_of(
        {row: {f"d{i}": one[:, i].tolist() for i in range(3)} for row, one in (("a", first), ("b", second))}
    )
    assert interquartile_means(frame).loc["a"].iqm == pytest.approx(metrics.aggregate_iqm(first))
    probability, _, _ = probability_of_improvement(frame, "m", "a", "b")
    assert probability == pytest.approx(metrics.probability_of_improvement(first, second))
    thresholds = [0.1, 0.5, 0.9]
    shares = library.score_distributions(first, thresholds)
    assert performance_profiles(frame, thresholds)["a"].tolist() == pytest.approx(shares.tolist())
