"""CSV and JSON: every number at full precision."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from scipy import stats

from ganlab.results.rendering import render

VALUES = [0.31, 0.27, 0.35, 0.29, 0.90]


def lines_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_numbers_agree_with_scipy(sweep) -> None:
    sweep.cell("lsgan", VALUES, floors={"w1": 0.0129})
    (line,) = lines_of(render(sweep.table(), "csv"))
    interval = stats.ttest_1samp(VALUES, 0.0).confidence_interval(0.95)
    expected = {
        "mean": np.mean(VALUES),
        "ci_low": interval.low,
        "ci_high": interval.high,
        "sd": np.std(VALUES, ddof=1),
        "median": np.median(VALUES),
        "iqm": stats.trim_mean(VALUES, 0.25),
        "floor": 0.0129,
    }
    assert {name: float(line[f"w1_{name}"]) for name in expected} == pytest.approx(expected)


def test_csv_has_one_line_a_row_with_its_run_ids_last(sweep) -> None:
    sweep.cell("lsgan", [0.1, 0.2])
    sweep.diverged("wgan, clipped", 0)
    lsgan, wgan = lines_of(render(sweep.table(), "csv"))
    assert list(lsgan)[-1] == "runs"
    assert (lsgan["variant"], lsgan["n"], lsgan["diverged"], lsgan["runs"]) == (
        "lsgan",
        "2",
        "0",
        "r000 r001",
    )
    assert (wgan["variant"], wgan["n"], wgan["diverged"], wgan["runs"]) == ("wgan, clipped", "1", "1", "r002")
    assert (wgan["w1_mean"], wgan["w1_sd"]) == ("inf", "")


def test_json_has_one_object_a_cell(sweep) -> None:
    for seed, value in enumerate(VALUES):
        sweep.finished("lsgan", seed, {"w1": value, "js": value / 10})
    sweep.diverged("lsgan", 5)
    w1, js = json.loads(render(sweep.table(), "json"))
    assert (w1["variant"], w1["metric"], js["metric"]) == ("lsgan", "w1", "js")
    assert (w1["n"], w1["diverged"], w1["mean"]) == (6, 1, None)
    assert w1["values"] == {str(seed): value for seed, value in enumerate([*VALUES, None])}
    assert w1["runs"] == {str(seed): f"r00{seed}" for seed in range(6)}


def test_json_statistics_follow_from_its_own_values(sweep) -> None:
    sweep.cell("lsgan", VALUES)
    (cell,) = json.loads(render(sweep.table(), "json"))
    values = list(cell["values"].values())
    interval = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert cell["ci95"] == pytest.approx([interval.low, interval.high])
    assert (cell["mean"], cell["median"]) == pytest.approx((np.mean(values), np.median(values)))


def test_json_carries_the_protocol(sweep) -> None:
    sweep.cell("lsgan", [0.1])
    (cell,) = json.loads(render(sweep.table(), "json"))
    assert (cell["samples"], cell["generator"], cell["reference"]) == (
        10000,
        "EMA 0.999",
        "the exact density",
    )
    assert (cell["better"], cell["estimator"]) == ("lower", "area between the distribution functions")


def test_json_compares_a_cell_with_those_that_are_worse(sweep) -> None:
    worse = [value + 0.1 * (seed + 1) for seed, value in enumerate(VALUES)]
    sweep.cell("good", VALUES)
    sweep.cell("bad", worse)
    bad, good = json.loads(render(sweep.table(), "json"))
    test = stats.ttest_rel(VALUES, worse)
    (found,) = good["comparisons"]
    assert (found["against"], found["paired"], found["test"]) == ("bad", True, "paired t")
    assert found["difference"] == pytest.approx(np.mean(VALUES) - np.mean(worse))
    assert found["ci95"] == pytest.approx(test.confidence_interval(0.95))
    assert found["p"] == pytest.approx(test.pvalue)
    wins = stats.mannwhitneyu(worse, VALUES).statistic / 25
    assert found["probability"] == pytest.approx(wins)
    assert bad["comparisons"] == []


def test_each_cell_has_the_floor_of_its_own_data(sweep) -> None:
    for dataset, floor in [("gaussian", 0.01), ("ring", 0.02)]:
        sweep.cell("lsgan", [0.1], dataset=dataset, floors={"w1": floor})
    cells = json.loads(render(sweep.table(), "json"))
    assert [(cell["dataset"], cell["floor"]) for cell in cells] == [("gaussian", 0.01), ("ring", 0.02)]


def test_each_cell_has_what_real_images_score(sweep) -> None:
    real = {"samples": "the 10 test images", "metrics": {"fid": 3.15}}
    sweep.finished("lsgan", 0, {"fid": 25.0, "js": 0.1}, real=real)
    cells = json.loads(render(sweep.table(), "json"))
    assert [(cell["real"], cell["real_samples"]) for cell in cells] == [
        (3.15, "the 10 test images"),
        (None, "the 10 test images"),
    ]
    assert "3.15" in render(sweep.table(), "csv").splitlines()[1]


def test_json_says_of_each_value_that_is_null_whether_its_run_diverged(sweep) -> None:
    costs = {"train_seconds": 2.0, "evaluation_seconds": 0.5, "samples_seen": 640}
    sweep.finished("lsgan", 0, {"w1": 0.3}, cost=costs)
    sweep.finished("lsgan", 1, {"w1": None}, cost=costs)
    sweep.diverged("lsgan", 2, cost=costs)
    w1, cost = json.loads(render(sweep.table(["w1", "train_seconds"]), "json"))
    assert w1["values"] == {"0": 0.3, "1": None, "2": None}
    assert w1["not_finite"] == {"1": "infinite", "2": "diverged"}
    assert cost["not_finite"] == {}


def test_json_says_null_where_there_is_no_finite_number(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": None})
    (cell,) = json.loads(render(sweep.table(), "json"))
    assert [cell[name] for name in ("mean", "sd", "ci95", "median")] == [None] * 4
    assert cell["values"] == {"0": None}
