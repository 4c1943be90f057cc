"""Learning curves, from the rows of run directories on disk."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from recording import record

from ganlab.errors import InputError
from ganlab.results.curves import Curve, learning_curves, quantile
from ganlab.results.sources import read_runs


def curves(folder: Path, metric: str = "w1") -> list[Curve]:
    runs = read_runs([str(folder)])
    return learning_curves(runs, [metric], [run.id for run in runs])[metric]


def curve(folder: Path, label: str = "lsgan", metric: str = "w1") -> Curve:
    return next(one for one in curves(folder, metric) if one.label == label)


@pytest.mark.parametrize("count", range(1, 12))
def test_quantiles_are_those_of_numpy(count) -> None:
    values = np.random.default_rng(count).normal(size=count)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        assert quantile(values.tolist(), share) == pytest.approx(np.quantile(values, share), rel=1e-12)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 2.0, math.inf], (1.5, 2.0, math.inf)),
        ([1.0, math.inf, math.inf], (math.inf, math.inf, math.inf)),
        ([math.inf, math.inf], (math.inf, math.inf, math.inf)),
        ([1.0, 2.0, -math.inf], (-math.inf, 1.0, 1.5)),
        ([1.0, 2.0, 3.0, 4.0, math.inf], (2.0, 3.0, 4.0)),
    ],
)
def test_quantiles_of_infinite_values_are_those_of_ever_larger_ones(values, expected) -> None:
    assert tuple(quantile(values, share) for share in (0.25, 0.5, 0.75)) == expected


def test_the_line_is_the_median_and_the_band_ends_at_the_quartiles(tmp_path: Path) -> None:
    values = np.random.default_rng(0).lognormal(size=(6, 5))
    for seed, row in enumerate(values):
        record(tmp_path, "lsgan", seed, {"w1": row.tolist()})
    found = curve(tmp_path)
    assert found.steps == [100, 200, 300, 400, 500]
    assert found.n == [6] * 5
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75], axis=0)
    np.testing.assert_allclose(found.low, low)
    np.testing.assert_allclose(found.median, median)
    np.testing.assert_allclose(found.high, high)


def test_each_seed_keeps_its_own_points(tmp_path: Path) -> None:
    for seed in (7, 3):
        record(tmp_path, "lsgan", seed, {"w1": [seed + 0.5] * 2})
    assert curve(tmp_path).members == {3: ([100, 200], [3.5, 3.5]), 7: ([100, 200], [7.5, 7.5])}


def test_a_seed_counts_as_the_worst_from_its_divergence_on(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"w1": [4.0, 3.0, 2.0, 1.0, 0.5]})
    record(tmp_path, "lsgan", 1, {"w1": [4.0, 3.0]}, diverged_at=270)
    found = curve(tmp_path)
    assert found.median == [4.0, 3.0, math.inf, math.inf, math.inf]
    assert found.members[1] == ([100, 200, 300, 400, 500], [4.0, 3.0, math.inf, math.inf, math.inf])
    assert found.n == [2] * 5


def test_the_worst_of_a_metric_that_should_be_high_is_low(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"reach": [0.1, 0.2]})
    record(tmp_path, "lsgan", 1, {"reach": [0.1]}, diverged_at=200)
    assert curve(tmp_path, metric="reach").low == [0.1, -math.inf]


def test_a_row_of_which_all_seeds_diverged_ends_where_the_last_of_them_did(tmp_path: Path) -> None:
    record(tmp_path, "wgan", 0, {"w1": [1.0] * 5})
    record(tmp_path, "lsgan", 0, {"w1": [4.0]}, diverged_at=110)
    record(tmp_path, "lsgan", 1, {"w1": []}, diverged_at=20)
    found = curve(tmp_path)
    assert found.steps == [100, 110]
    assert found.members[0][1] == [4.0, math.inf]
    assert found.median == [math.inf, math.inf]


def test_null_is_infinite(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"w1": [1.0, None, 2.0]})
    assert curve(tmp_path).median == [1.0, math.inf, 2.0]


def test_a_seed_that_is_not_done_counts_up_to_where_it_is(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"w1": [4.0, 3.0, 2.0]})
    record(tmp_path, "lsgan", 1, {"w1": [2.0]}, done=False)
    found = curve(tmp_path)
    assert found.n == [2, 1, 1]
    assert found.median == [3.0, 3.0, 2.0]


def test_curves_come_by_data_set_and_without_those_that_lack_the_metric(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"w1": [1.0]}, dataset="line")
    record(tmp_path, "lsgan", 0, {"reach": [0.5]}, dataset="ring")
    record(tmp_path, "wgan", 0, {"reach": []}, dataset="line", diverged_at=3)
    assert [(one.dataset, one.label) for one in curves(tmp_path)] == [("line", "lsgan")]


def test_an_unknown_metric_is_answered_with_the_nearest(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"reach": [0.5]})
    with pytest.raises(InputError, match="no learning curve of 'reech'; did you mean 'reach'"):
        curves(tmp_path, "reech")


def test_runs_of_a_row_that_differ_in_more_than_their_seed_have_no_curve(tmp_path: Path) -> None:
    record(tmp_path, "lsgan", 0, {"w1": [1.0]})
    record(tmp_path, "lsgan", 1, {"w1": [1.0]}, steps=700)
    with pytest.raises(InputError, match="steps is 500 in the first and 700 in the second"):
        curves(tmp_path)


def test_rows_of_one_name_of_two_sweeps_are_called_as_in_a_table(tmp_path: Path) -> None:
    record(tmp_path / "short", "lsgan", 0, {"w1": [1.0]}, steps=100)
    record(tmp_path / "long", "lsgan", 1, {"w1": [2.0]}, steps=500)
    found = learning_curves(read_runs([str(tmp_path / name) for name in ("short", "long")]), ["w1"])["w1"]
    assert [(one.label, one.median) for one in found] == [("lsgan [short]", [1.0]), ("lsgan [long]", [2.0])]
