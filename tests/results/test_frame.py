"""All numbers of a sweep as one frame."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from scipy import stats

import ganlab
from ganlab.errors import InputError
from ganlab.record.run_directory import runs_in


@pytest.fixture
def frame(trained_sweep):
    return ganlab.read_runs(trained_sweep).frame()


def test_every_logged_number_of_a_run_that_did_not_diverge_has_a_line(frame, trained_sweep):
    assert list(frame.columns) == ["run", "row", "dataset", "seed", "metric", "step", "value", "status"]
    expected = {
        (directory.path.name, key.removeprefix("eval/"), row["global_step"], value)
        for directory in runs_in(trained_sweep)
        for row in directory.metrics()
        for key, value in row.items()
        if key != "global_step" and not directory.path.name.startswith("wild")
    }
    found = frame[frame.status != "diverged"][["run", "metric", "step", "value"]]
    assert set(found.itertuples(index=False, name=None)) == expected
    assert len(found) == len(expected)


def test_the_last_value_of_a_run_is_its_result(frame, trained_sweep):
    for directory in runs_in(trained_sweep):
        summary = directory.summary()
        if summary is not None and summary.status == "finished":
            own = frame[(frame.run == directory.path.name) & (frame.metric == "w1")]
            assert own.sort_values("step").value.iloc[-1] == summary.final["w1"]


def test_a_run_that_diverged_ends_with_the_worst_values(frame, trained_sweep):
    for directory in runs_in(trained_sweep):
        summary = directory.summary()
        if summary is not None and summary.status == "diverged":
            own = frame[(frame.run == directory.path.name) & (frame.metric == "w1")].sort_values("step")
            assert (own.step.iloc[-1], own.value.iloc[-1]) == (summary.diverged_at, math.inf)


def test_a_run_has_the_status_that_it_has_on_disk(frame):
    statuses = frame.groupby(["row", "seed"]).status.first()
    assert statuses["mine", 2] == "unfinished"
    assert set(statuses["lsgan"]) == {"finished"}
    assert set(statuses["wild"]) == {"diverged"}


def test_two_rows_are_compared_as_scipy_does(frame):
    finished = frame[frame.status == "finished"]
    first, second = (finished[finished.row == row] for row in ("lsgan", "mine"))
    found = ganlab.compare(first, second, metric="w1")
    last = [one[(one.metric == "w1") & (one.step == 40)].value.tolist() for one in (first, second)]
    expected = stats.ttest_ind(*last, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.ci95 == pytest.approx(expected.confidence_interval())


def test_equal_seeds_are_compared_as_pairs_where_asked(frame):
    rows = [frame[(frame.row == row) & (frame.seed < 2)] for row in ("lsgan", "mine")]
    found = ganlab.compare(*rows, metric="w1", paired=True)
    last = [one[(one.metric == "w1") & (one.step == 40)].sort_values("seed").value.tolist() for one in rows]
    assert found.p == pytest.approx(stats.ttest_rel(*last).pvalue)


def test_a_diverged_seed_counts_as_the_worst_value(frame):
    found = ganlab.compare(frame[frame.row == "lsgan"], frame[frame.row == "wild"], metric="w1")
    assert found.difference is None
    assert found.probability == 1
    assert math.isfinite(found.p)


@pytest.mark.parametrize(
    ("chosen", "metric", "message"),
    [
        (
            lambda frame: frame,
            "w1",
            r"takes a frame of one row with 'w1' each, and one has 'lsgan' on gaussian and 'mine'",
        ),
        (lambda frame: frame[frame.row == "lsgan"], "w2", r"whether a lower or a higher 'w2' is better is not known"),
        (lambda frame: frame[frame.row == "none"], "w1", r"one has none$"),
        (
            lambda frame: frame[frame.row == "lsgan"].assign(value=math.nan),
            "w1",
            r"'lsgan' has no value of 'w1' for seed 0; leave that seed out",
        ),
        (
            lambda frame: pd.concat([frame, frame.assign(run="other")])[lambda both: both.row == "lsgan"],
            "w1",
            r"two runs are seed 0 of 'lsgan' on gaussian",
        ),
    ],
)
def test_what_cannot_be_compared_is_refused(frame, chosen, metric, message):
    with pytest.raises(InputError, match=message):
        ganlab.compare(chosen(frame), chosen(frame), metric=metric)


def test_rows_on_other_data_or_measured_otherwise_are_refused(frame):
    lsgan, mine = (frame[frame.row == row] for row in ("lsgan", "mine"))
    with pytest.raises(InputError, match=r"'lsgan' is on gaussian and 'mine' on ring; compare rows on the same data"):
        ganlab.compare(lsgan, mine.assign(dataset="ring"), metric="w1")
    mine.attrs = {"protocols": {"gaussian": {"mine": {"w1": "another"}}}}
    with pytest.raises(InputError, match=r"'lsgan' and 'mine' were not measured alike by 'w1'"):
        ganlab.compare(lsgan, mine, metric="w1")


def test_a_row_may_have_any_name(frame):
    lsgan = frame[frame.row == "lsgan"].assign(row="SN and GP")
    assert ganlab.compare(lsgan, frame[frame.row == "mine"], metric="w1").test == "Welch t"


def test_a_direction_that_does_not_exist_is_refused(frame):
    with pytest.raises(InputError, match="better='max' is neither 'lower' nor 'higher'"):
        ganlab.compare(frame, frame, metric="w1", better="max")
