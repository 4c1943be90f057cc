"""The benchmark table, from run directories on disk."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab.errors import InputError
from ganlab.results.table import Table, build


def row_of(table: Table, label: str):
    return next(row for row in table.rows if row.label == label)


def test_a_cell_holds_the_final_value_of_each_seed(sweep) -> None:
    for seed, (final, best) in enumerate([(0.30, 0.1), (0.20, 0.1), (0.10, 0.1)]):
        sweep.finished("lsgan", seed, {"w1": final}, best={"w1": best})
    table = build(sweep.folder)
    cell = row_of(table, "lsgan").cells["w1"]
    assert cell.values == {0: 0.30, 1: 0.20, 2: 0.10}
    assert cell.n == 3
    assert cell.statistics.mean == pytest.approx(0.20)


def test_the_best_checkpoint_is_a_column_of_its_own(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3}, best={"w1": 0.1})
    table = build(sweep.folder, ["w1", "best/w1"])
    assert [column.name for column in table.columns] == ["w1", "best/w1"]
    assert row_of(table, "lsgan").cells["w1"].values == {0: 0.3}
    assert row_of(table, "lsgan").cells["best/w1"].values == {0: 0.1}


def test_the_primary_metric_comes_first_and_common_divergences_follow(sweep) -> None:
    primary = {"primary": "w1"}
    sweep.finished("lsgan", 0, {"reach": 1.0, "js": 0.2, "w1": 0.3}, protocol=primary)
    assert [column.name for column in build(sweep.folder).columns] == ["w1", "js"]


def test_asked_for_columns_come_in_their_order_and_once(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3, "reach": 1.0})
    table = build(sweep.folder, ["reach", "w1", "reach"])
    assert [(column.name, column.better) for column in table.columns] == [
        ("reach", "higher"),
        ("w1", "lower"),
    ]


def test_a_row_is_named_by_its_label_not_its_variant(sweep) -> None:
    sweep.finished("wide", 0, {"w1": 0.3}, variant="lsgan", optimizer={"lr": 0.1})
    sweep.finished("narrow", 0, {"w1": 0.4}, variant="lsgan", optimizer={"lr": 0.2})
    assert [row.label for row in build(sweep.folder).rows] == ["narrow", "wide"]


def test_rows_stand_in_the_order_of_the_sweep(sweep) -> None:
    ids = [sweep.finished(label, seed, {"w1": 0.3}) for label in "zab" for seed in range(2)]
    (sweep.folder / "sweep.json").write_text(json.dumps({"runs": ids}))
    assert [row.label for row in build(sweep.folder).rows] == ["z", "a", "b"]


def test_runs_that_the_sweep_no_longer_lists_are_left_out(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.9}, steps=200)
    ids = [sweep.finished("lsgan", seed, {"w1": 0.3}, steps=5000) for seed in range(2)]
    (sweep.folder / "sweep.json").write_text(json.dumps({"runs": ids}))
    assert row_of(build(sweep.folder), "lsgan").cells["w1"].values == {0: 0.3, 1: 0.3}


def test_each_data_set_has_rows_floors_and_a_best_of_its_own(sweep) -> None:
    for dataset, levels, floor in [
        ("ring", {"a": 1.0, "b": 9.0}, 0.01),
        ("cauchy", {"a": 60.0, "b": 50.0}, 0.7),
    ]:
        protocol = {"reference": f"the exact {dataset}"}
        for label, level in levels.items():
            values = [level, level + 0.1, level + 0.2]
            sweep.cell(label, values, dataset=dataset, protocol=protocol, floors={"w1": floor})
    table = build(sweep.folder)
    assert [(row.dataset, row.label, row.cells["w1"].best) for row in table.rows] == [
        ("cauchy", "a", False),
        ("cauchy", "b", True),
        ("ring", "a", True),
        ("ring", "b", False),
    ]
    assert [table.floors(dataset) for dataset in table.datasets] == [{"w1": 0.7}, {"w1": 0.01}]
    assert table.protocols["ring"].reference == "the exact ring"


def test_runs_of_a_cell_may_come_in_any_order_and_from_several_sweeps(sweep) -> None:
    for seed in [5, 0, 3]:
        sweep.finished("lsgan", seed, {"w1": seed / 10}, sweep=f"part_{seed}")
    row = row_of(build(sweep.folder), "lsgan")
    assert list(row.cells["w1"].values.items()) == [(0, 0.0), (3, 0.3), (5, 0.5)]


def test_a_metric_that_one_data_set_lacks_leaves_empty_cells_there(sweep) -> None:
    sweep.finished("a", 0, {"w1": 0.3, "js": 0.1}, dataset="gaussian")
    sweep.finished("a", 0, {"w1": 0.3}, dataset="column")
    column, gaussian = build(sweep.folder, ["js"]).rows
    assert (column.dataset, column.cells["js"].statistics) == ("column", None)
    assert gaussian.cells["js"].values == {0: 0.1}


def test_diverged_and_unfinished_runs_are_counted_beside_the_mean_of_the_others(sweep) -> None:
    sweep.cell("wgan", [1.0, 2.0])
    sweep.diverged("wgan", 2, at=120)
    sweep.unfinished("wgan", 3)
    row = row_of(build(sweep.folder), "wgan")
    assert (row.finished, row.diverged, row.missing) == (2, {2: 120}, (3,))
    assert row.cells["w1"].statistics.mean == 1.5
    assert list(row.runs) == [0, 1, 2, 3]


def test_a_row_without_any_finished_run_is_kept(sweep) -> None:
    sweep.cell("lsgan", [1.0, 2.0])
    sweep.diverged("wgan", 0)
    row = row_of(build(sweep.folder), "wgan")
    assert row.cells["w1"].statistics is None
    assert row.cells["w1"].n == 0


def test_the_best_row_is_marked_unless_one_of_its_runs_diverged(sweep) -> None:
    sweep.cell("good", [1.0, 1.1, 0.9])
    sweep.cell("bad", [5.0, 5.1, 4.9])
    assert [row.cells["w1"].best for row in build(sweep.folder).rows] == [False, True]
    sweep.diverged("good", 3)
    assert [row.cells["w1"].best for row in build(sweep.folder).rows] == [False, False]


def test_a_null_is_the_worst_value_there_is(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": None, "reach": None})
    cells = row_of(build(sweep.folder, ["w1", "reach"]), "lsgan").cells
    assert cells["w1"].values == {0: math.inf}
    assert cells["reach"].values == {0: -math.inf}


def test_a_metric_that_was_never_finite_has_the_worst_best_value(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3, "js": None}, best={"w1": 0.1})
    sweep.finished("lsgan", 1, {"w1": 0.3, "js": 0.2})
    assert row_of(build(sweep.folder, ["best/js"]), "lsgan").cells["best/js"].values == {0: math.inf, 1: 0.2}


def refusal(folder: Path, metrics: list[str] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        build(folder, metrics)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("protocol", "difference"),
    [
        ({"samples": 5000}, "samples is 10000 in the first and 5000 in the second"),
        (
            {"generator": "last weights"},
            "generator is 'EMA 0.999' in the first and 'last weights' in the second",
        ),
        (
            {"reference": "held-out"},
            "reference is 'the exact density' in the first and 'held-out' in the second",
        ),
        (
            {"metrics": {"w1": {"better": "lower", "estimator": "bins"}}},
            "w1.estimator is 'area between the distribution functions' in the first and 'bins' in the second",
        ),
    ],
)
def test_protocols_that_differ_never_share_a_column(sweep, protocol, difference) -> None:
    one = sweep.finished("lsgan", 0, {"w1": 0.3})
    other = sweep.finished("wgan", 0, {"w1": 0.3}, protocol=protocol)
    message = refusal(sweep.folder)
    assert f"runs {one} and {other} must not share the column 'w1'" in message
    assert difference in message


def test_sample_counts_must_agree_across_data_sets_too(sweep) -> None:
    sweep.finished("a", 0, {"w1": 0.3}, dataset="ring", protocol={"reference": "ring"})
    sweep.finished("a", 0, {"w1": 0.3}, dataset="cauchy", protocol={"reference": "cauchy"})
    build(sweep.folder)
    sweep.finished("a", 0, {"w1": 0.3}, dataset="uniform", protocol={"samples": 7})
    assert "samples is 10000 in the first and 7 in the second" in refusal(sweep.folder)


def test_a_difference_in_another_metric_does_not_matter(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3})
    sweep.finished("wgan", 0, {"w1": 0.3, "js": 0.1})
    assert len(build(sweep.folder, ["w1"]).rows) == 2
    assert "must not share the column 'js'" in refusal(sweep.folder, ["js"])


def test_runs_that_differ_in_more_than_the_seed_do_not_share_a_cell(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3}, optimizer={"lr": 0.1})
    sweep.finished("lsgan", 1, {"w1": 0.3}, optimizer={"lr": 0.2})
    assert "optimizer.lr is 0.1 in the first and 0.2 in the second" in refusal(sweep.folder)


def test_a_long_difference_is_cut_short(sweep) -> None:
    for seed in range(2):
        sweep.finished("mine", seed, {"w1": 0.3}, variant_source=f"first line\n{seed}" + "x" * 9999)
    assert len(refusal(sweep.folder)) < 400


def test_a_seed_does_not_count_twice(sweep) -> None:
    one, other = (sweep.finished("lsgan", 7, {"w1": 0.3}) for _ in range(2))
    assert f"runs {one} and {other} are both seed 7 of 'lsgan'" in refusal(sweep.folder)


def test_an_unknown_metric_is_answered_with_the_nearest(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3, "reach": 1.0})
    assert refusal(sweep.folder, ["reech"]).startswith("unknown metric 'reech'; did you mean 'reach'")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no folder" in refusal(tmp_path / "nowhere")


def test_a_folder_without_runs(tmp_path: Path) -> None:
    assert "holds no run" in refusal(tmp_path)


def test_a_sweep_of_which_nothing_has_finished(sweep) -> None:
    sweep.diverged("wgan", 0)
    sweep.unfinished("wgan", 1)
    assert "has finished (1 diverged, 1 not done yet)" in refusal(sweep.folder)


def test_a_table_needs_no_torch() -> None:
    code = "import sys, ganlab.results; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
