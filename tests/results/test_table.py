"""The benchmark table, from run directories on disk."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from recorded_sweep import Sweep
from records import ADAM
from scipy import stats

from ganlab.errors import InputError
from ganlab.results import Table, build, read_runs
from ganlab.results.rendering.notes import notes


def row_of(table: Table, label: str):
    return next(row for row in table.rows if row.label == label)


def test_a_cell_holds_the_final_value_of_each_seed(sweep) -> None:
    for seed, (final, best) in enumerate([(0.30, 0.1), (0.20, 0.1), (0.10, 0.1)]):
        sweep.finished("lsgan", seed, {"w1": final}, best={"w1": best})
    table = sweep.table()
    cell = row_of(table, "lsgan").cells["w1"]
    assert cell.values == {0: 0.30, 1: 0.20, 2: 0.10}
    assert cell.n == 3
    assert cell.statistics.mean == pytest.approx(0.20)


def test_the_best_checkpoint_is_a_column_of_its_own(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3}, best={"w1": 0.1})
    table = sweep.table(["w1", "best/w1"])
    assert [column.name for column in table.columns] == ["w1", "best/w1"]
    assert row_of(table, "lsgan").cells["w1"].values == {0: 0.3}
    assert row_of(table, "lsgan").cells["best/w1"].values == {0: 0.1}


def test_the_primary_metric_comes_first_and_common_divergences_follow(sweep) -> None:
    primary = {"primary": "w1"}
    sweep.finished("lsgan", 0, {"reach": 1.0, "js": 0.2, "w1": 0.3}, protocol=primary)
    assert [column.name for column in sweep.table().columns] == ["w1", "js"]


def test_asked_for_columns_come_in_their_order_and_once(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3, "reach": 1.0})
    table = sweep.table(["reach", "w1", "reach"])
    assert [(column.name, column.better) for column in table.columns] == [
        ("reach", "higher"),
        ("w1", "lower"),
    ]


def test_a_row_is_named_by_its_label_not_its_variant(sweep) -> None:
    sweep.finished("wide", 0, {"w1": 0.3}, variant="lsgan", ema=0.1)
    sweep.finished("narrow", 0, {"w1": 0.4}, variant="lsgan", ema=0.2)
    assert [row.label for row in sweep.table().rows] == ["narrow", "wide"]


def test_rows_stand_in_the_order_of_the_sweep(sweep) -> None:
    ids = [sweep.finished(label, seed, {"w1": 0.3}) for label in "zab" for seed in range(2)]
    (sweep.folder / "sweep.json").write_text(json.dumps({"runs": ids}))
    assert [row.label for row in sweep.table().rows] == ["z", "a", "b"]


def test_runs_that_the_sweep_no_longer_lists_are_left_out(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.9}, steps=200)
    ids = [sweep.finished("lsgan", seed, {"w1": 0.3}, steps=5000) for seed in range(2)]
    (sweep.folder / "sweep.json").write_text(json.dumps({"runs": ids}))
    assert row_of(sweep.table(), "lsgan").cells["w1"].values == {0: 0.3, 1: 0.3}


def test_each_data_set_has_rows_floors_and_a_best_of_its_own(sweep) -> None:
    for dataset, levels, floor in [
        ("ring", {"a": 1.0, "b": 9.0}, 0.01),
        ("cauchy", {"a": 60.0, "b": 50.0}, 0.7),
    ]:
        protocol = {"reference": f"the exact {dataset}"}
        for label, level in levels.items():
            values = [level, level + 0.1, level * 1.01]
            sweep.cell(label, values, dataset=dataset, protocol=protocol, floors={"w1": floor})
    table = sweep.table()
    assert [(row.dataset, row.label, row.cells["w1"].mark) for row in table.rows] == [
        ("cauchy", "a", None),
        ("cauchy", "b", "best"),
        ("ring", "a", "best"),
        ("ring", "b", None),
    ]
    assert [table.floors(dataset) for dataset in table.datasets] == [{"w1": 0.7}, {"w1": 0.01}]
    assert table.protocols["ring"].reference == "the exact ring"


def test_runs_of_a_cell_may_come_in_any_order_and_from_several_sweeps(sweep) -> None:
    for seed in [5, 0, 3]:
        sweep.finished("lsgan", seed, {"w1": seed / 10}, sweep=f"part_{seed}")
    row = row_of(sweep.table(), "lsgan")
    assert list(row.cells["w1"].values.items()) == [(0, 0.0), (3, 0.3), (5, 0.5)]


def test_a_metric_that_one_data_set_lacks_leaves_empty_cells_there(sweep) -> None:
    sweep.finished("a", 0, {"w1": 0.3, "js": 0.1}, dataset="gaussian")
    sweep.finished("a", 0, {"w1": 0.3}, dataset="column")
    column, gaussian = sweep.table(["js"]).rows
    assert (column.dataset, column.cells["js"].statistics) == ("column", None)
    assert gaussian.cells["js"].values == {0: 0.1}


def test_a_diverged_run_counts_as_the_worst_value_and_an_unfinished_one_not_yet(sweep) -> None:
    sweep.finished("wgan", 0, {"w1": 1.0, "reach": 0.5})
    sweep.finished("wgan", 1, {"w1": 2.0, "reach": 0.6})
    sweep.diverged("wgan", 2, at=120)
    sweep.unfinished("wgan", 3)
    row = row_of(sweep.table(["w1", "best/w1", "reach"]), "wgan")
    assert (row.n, row.finished, row.diverged, row.missing) == (3, 2, {2: 120}, (3,))
    assert row.cells["w1"].values == row.cells["best/w1"].values == {0: 1.0, 1: 2.0, 2: math.inf}
    assert row.cells["reach"].values == {0: 0.5, 1: 0.6, 2: -math.inf}
    assert row.cells["w1"].statistics.mean == math.inf
    assert row.cells["w1"].statistics.median == 2.0
    assert list(row.runs) == [0, 1, 2, 3]


def test_a_row_without_any_finished_run_is_kept(sweep) -> None:
    sweep.cell("lsgan", [1.0, 2.0])
    sweep.diverged("wgan", 0)
    assert row_of(sweep.table(), "wgan").cells["w1"].values == {0: math.inf}


def marks(table: Table) -> dict[str, str | None]:
    return {row.label: row.cells["w1"].mark for row in table.rows}


def test_the_best_row_is_marked_if_it_can_be_told_from_all_others(sweep) -> None:
    sweep.cell("good", [1.0, 1.1, 0.9])
    sweep.cell("bad", [5.0, 5.2, 4.9])
    assert marks(sweep.table()) == {"good": "best", "bad": None}


def test_all_that_cannot_be_told_from_the_best_row_are_tied_with_it(sweep) -> None:
    sweep.cell("good", [1.0, 1.1, 0.9])
    sweep.cell("perhaps", [1.05, 1.0, 1.01])
    sweep.cell("bad", [5.0, 5.2, 4.9])
    assert marks(sweep.table()) == {"good": "tied", "perhaps": "tied", "bad": None}


def test_a_row_alone_is_not_the_best_of_anything(sweep) -> None:
    sweep.cell("only", [1.0, 1.1, 0.9])
    assert marks(sweep.table()) == {"only": None}


def test_a_row_with_a_diverged_run_is_not_best_for_certain(sweep) -> None:
    sweep.cell("good", [1.0, 1.1, 0.9])
    sweep.diverged("good", 3)
    sweep.cell("bad", [5.0, 5.2, 4.9, 5.1])
    assert marks(sweep.table()) == {"good": "tied", "bad": "tied"}


def test_no_row_is_best_that_ranks_put_behind_another(sweep) -> None:
    """One run in ten of the good row diverged, so its mean is worse; all its other runs are better than all of bad."""
    sweep.cell("good", [1.0 + seed / 100 for seed in range(9)])
    sweep.diverged("good", 9)
    sweep.cell("bad", [5.0 + seed / 100 for seed in range(10)])
    table = sweep.table()
    (comparison,) = table.comparisons
    assert (comparison.first, comparison.difference.p < 0.01, comparison.distinguishable) == ("bad", True, False)
    assert marks(table) == {"good": "tied", "bad": "tied"}


@pytest.mark.parametrize("metric", ["w1", "reach"])
def test_of_rows_that_mostly_diverged_that_with_more_finite_values_is_better(sweep, metric: str) -> None:
    for seed in range(8):
        sweep.diverged("all", seed)
    sweep.cell("most", [1.0, 1.0, 1.0], metric)
    for seed in range(3, 8):
        sweep.diverged("most", seed)
    sweep.finished("sound", 0, {"w1": 1.0, "reach": 1.0}, protocol={"primary": metric})
    order = [(one.first, one.second) for one in sweep.table([metric]).comparisons]
    assert order == [("sound", "most"), ("sound", "all"), ("most", "all")]


def confirmatory(sweep, metrics) -> str:
    return next(note for note in notes(sweep.table(metrics)) if "onfirmatory" in note or "xploratory" in note)


def test_the_footnotes_say_which_column_is_confirmatory(sweep) -> None:
    for label in ("a", "b"):
        sweep.finished(label, 0, {"w1": 1.0, "js": 1.0}, protocol={"primary": "js"})
    assert confirmatory(sweep, ["w1", "js"]) == (
        "Confirmatory: js, the primary metric. The other columns are exploratory: tests are not corrected for the "
        "number of columns."
    )
    assert confirmatory(sweep, ["js"]) == "Confirmatory: js, the primary metric."
    assert confirmatory(sweep, ["w1"]).startswith("All columns are exploratory")


def test_where_runs_name_several_primary_metrics_none_is_confirmatory(sweep) -> None:
    for label in ("w1", "js"):
        sweep.finished(label, 0, {"w1": 1.0, "js": 1.0}, protocol={"primary": label})
    assert confirmatory(sweep, ["w1", "js"]).startswith("All columns are exploratory")


def test_a_primary_metric_of_one_data_set_is_confirmatory_there(sweep) -> None:
    for dataset, metric in (("gaussian", "w1"), ("uniform", "js")):
        for label in ("a", "b"):
            sweep.finished(label, 0, {"w1": 1.0, "js": 1.0}, dataset=dataset, protocol={"primary": metric})
    assert confirmatory(sweep, ["w1", "js"]).startswith("Confirmatory: w1 on gaussian and js on uniform, the primary")


def test_rows_of_one_seed_cannot_be_tested(sweep) -> None:
    first, second = [1.0, 1.3, 0.8], [2.0, 2.5, 1.7]
    sweep.cell("a", first)
    sweep.cell("b", second)
    sweep.cell("one seed", [1.5])
    found = {(one.first, one.second): one for one in sweep.table().comparisons}
    assert found["a", "b"].difference.p == pytest.approx(stats.ttest_rel(first, second).pvalue)
    assert found["a", "one seed"].difference.p == 1.0


def test_rows_are_paired_by_seed_where_they_share_their_data_order(sweep) -> None:
    values, shifted = [1.0, 3.0, 2.0, 5.0], [1.1, 3.2, 2.1, 5.3]
    sweep.cell("first", values, batch_size=64)
    sweep.cell("second", shifted, batch_size=64)
    sweep.cell("other batches", shifted, batch_size=128)
    found = {one.second: one.difference for one in sweep.table().comparisons if one.first == "first"}
    assert found["second"].p == pytest.approx(stats.ttest_rel(values, shifted).pvalue)
    assert found["other batches"].p == pytest.approx(stats.ttest_ind(values, shifted, equal_var=False).pvalue)


def test_floors_over_splits_are_their_mean_with_its_standard_error(sweep) -> None:
    data = {"name": "sklearn", "options": {"held_out": 0.2, "split": "seed"}}
    for seed, floor in enumerate([0.1, 0.2, 0.6]):
        for label in ("a", "b"):
            sweep.finished(label, seed, {"w1": 1.0}, floors={"w1": floor}, data=data)
    table = sweep.table()
    assert table.floors("gaussian") == {"w1": pytest.approx(0.3)}
    assert table.floor_errors("gaussian") == {"w1": pytest.approx(stats.sem([0.1, 0.2, 0.6]))}


def test_costs_are_stated_and_not_compared(sweep) -> None:
    for label in "ab":
        for seed in range(2):
            cost = {"train_seconds": 2.0 + seed, "evaluation_seconds": 0.5, "samples_seen": 640}
            sweep.finished(label, seed, {"w1": 0.3 + seed}, cost=cost)
    sweep.diverged("b", 2, cost={"train_seconds": 1.0, "evaluation_seconds": 0.1, "samples_seen": 64})
    table = sweep.table(["w1", "train_seconds", "samples_seen", "device"])
    assert {one.column for one in table.comparisons} == {"w1"}
    assert row_of(table, "a").cells["train_seconds"].values == {0: 2.0, 1: 3.0}
    assert row_of(table, "b").cells["samples_seen"].values == {0: 640.0, 1: 640.0, 2: 64.0}
    assert row_of(table, "a").cells["samples_seen"].mark is None
    assert table.shows_device


def test_the_device_is_that_of_the_rows_runs(sweep) -> None:
    sweep.finished("a", 0, {"w1": 0.3}, environment={"processor": "AMD EPYC"})
    sweep.finished("a", 1, {"w1": 0.3}, environment={"processor": "AMD EPYC", "gpu": "NVIDIA H200"})
    assert row_of(sweep.table(), "a").device == "AMD EPYC, NVIDIA H200"


def test_the_steps_to_a_threshold_are_those_of_the_first_evaluation_that_reaches_it(sweep) -> None:
    sweep.finished("a", 0, {"w1": 0.01, "reach": 0.9}, rows={500: {"w1": 0.3}, 1000: {"w1": 0.02}, 1500: {"w1": 0.5}})
    sweep.finished("a", 1, {"w1": 0.40, "reach": 0.9}, rows={500: {"w1": 0.3}, 1000: {"w1": None}})
    sweep.finished("b", 0, {"w1": 0.40, "reach": 0.9}, rows={500: {"reach": 0.7}, 1000: {"reach": 0.8}})
    table = sweep.table(["steps_to/w1=0.02", "steps_to/reach=0.8"])
    assert row_of(table, "a").cells["steps_to/w1=0.02"].values == {0: 1000.0, 1: math.inf}
    assert row_of(table, "b").cells["steps_to/reach=0.8"].values == {0: 1000.0}


@pytest.mark.parametrize("column", ["steps_to/w1<0.1", "steps_to/w1", "steps_to/w1=", "steps_to/w1=nan"])
def test_a_threshold_is_a_finite_number(sweep, column: str) -> None:
    sweep.cell("a", [0.3])
    message = refusal(sweep.folder, [column])
    assert "names no metric and threshold; write for example steps_to/w1=0.05" in message


def test_a_null_is_the_worst_value_there_is(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": None, "reach": None})
    cells = row_of(sweep.table(["w1", "reach"]), "lsgan").cells
    assert cells["w1"].values == {0: math.inf}
    assert cells["reach"].values == {0: -math.inf}


def test_a_metric_that_was_never_finite_has_the_worst_best_value(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3, "js": None}, best={"w1": 0.1})
    sweep.finished("lsgan", 1, {"w1": 0.3, "js": 0.2})
    assert row_of(sweep.table(["best/js"]), "lsgan").cells["best/js"].values == {0: math.inf, 1: 0.2}


def refusal(folder: Path, metrics: list[str] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        build(read_runs([str(folder)]), metrics)
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


@pytest.mark.parametrize("column", ["best/w1", "steps_to/w1=0.5"])
def test_runs_that_were_looked_at_unequally_often_share_no_column_of_all_looks(sweep, column) -> None:
    often = sweep.finished("often", 0, {"w1": 0.3}, evaluation={"every": 10})
    sweep.finished("elsewhere", 0, {"w1": 0.3}, dataset="ring", evaluation={"every": 50})
    assert len(sweep.table(["w1", column]).rows) == 2
    seldom = sweep.finished("seldom", 0, {"w1": 0.3}, evaluation={"every": 1000})
    assert len(sweep.table(["w1"]).rows) == 3
    assert (
        f"runs {often} and {seldom} must not share the column '{column}': one was evaluated every 10 steps, "
        "the other every 1000; " in refusal(sweep.folder, [column])
    )


def test_sample_counts_must_agree_across_data_sets_too(sweep) -> None:
    sweep.finished("a", 0, {"w1": 0.3}, dataset="ring", protocol={"reference": "ring"})
    sweep.finished("a", 0, {"w1": 0.3}, dataset="cauchy", protocol={"reference": "cauchy"})
    sweep.table()
    sweep.finished("a", 0, {"w1": 0.3}, dataset="uniform", protocol={"samples": 7})
    assert "samples is 10000 in the first and 7 in the second" in refusal(sweep.folder)


def test_a_difference_in_another_metric_does_not_matter(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3})
    sweep.finished("wgan", 0, {"w1": 0.3, "js": 0.1})
    assert len(sweep.table(["w1"]).rows) == 2
    assert "must not share the column 'js'" in refusal(sweep.folder, ["js"])


def test_runs_that_differ_in_more_than_the_seed_do_not_share_a_cell(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3}, generator_optimizer={**ADAM, "lr": 0.1})
    sweep.finished("lsgan", 1, {"w1": 0.3}, generator_optimizer={**ADAM, "lr": 0.2})
    assert "optimizer.lr is 0.1 in the first and 0.2 in the second" in refusal(sweep.folder)


def test_a_long_difference_is_cut_short(sweep) -> None:
    for seed in range(2):
        sweep.finished(
            "mine", seed, {"w1": 0.3}, plugins=[{"name": "a.py", "files": {"a.py": f"first line\n{seed}" + "x" * 9999}}]
        )
    assert len(refusal(sweep.folder)) < 400


def test_a_seed_does_not_count_twice(sweep) -> None:
    one, other = (sweep.finished("lsgan", 7, {"w1": 0.3}) for _ in range(2))
    assert f"runs {one} and {other} are both seed 7 of 'lsgan'" in refusal(sweep.folder)


def test_an_unknown_metric_is_answered_with_the_nearest(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 0.3, "reach": 1.0})
    assert refusal(sweep.folder, ["reech"]).startswith("unknown metric 'reech'; did you mean 'reach'")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no folder" in refusal(tmp_path / "nowhere")


def test_a_run_that_the_sweep_lists_and_that_is_gone_is_missed(sweep) -> None:
    ids = [sweep.finished("lsgan", seed, {"w1": 0.3}) for seed in range(3)]
    (sweep.folder / "sweep.json").write_text(json.dumps({"runs": ids}))
    (sweep.folder / ids[1] / "spec.json").unlink()
    assert f"lists 1 of 3 runs that cannot be read in '{sweep.folder}', such as {ids[1]}" in refusal(sweep.folder)


def test_a_run_is_not_a_sweep(sweep) -> None:
    run = sweep.folder / sweep.finished("lsgan", 0, {"w1": 0.3})
    assert f"is one run; give the folder of its sweep, '{sweep.folder}'" in refusal(run)


def test_a_sweeps_file_is_not_its_runs() -> None:
    assert "give the folder of its runs, such as runs/gaussian_1d" in refusal(Path("experiments/gaussian_1d.yaml"))


def test_a_folder_without_runs(tmp_path: Path) -> None:
    assert "holds no run" in refusal(tmp_path)


def test_a_sweep_of_which_nothing_has_finished(sweep) -> None:
    sweep.diverged("wgan", 0)
    sweep.unfinished("wgan", 1)
    assert "has finished (1 diverged, 1 not done yet)" in refusal(sweep.folder)


def test_a_table_needs_no_torch() -> None:
    code = "import sys, ganlab.results; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def several(*sweeps: Sweep) -> Table:
    return build(read_runs([str(sweep.folder) for sweep in sweeps]))


@pytest.fixture
def other(tmp_path: Path) -> Sweep:
    folder = tmp_path / "again"
    folder.mkdir()
    return Sweep(folder)


def test_sweeps_share_a_table_in_their_order(sweep, other) -> None:
    sweep.finished("b", 0, {"w1": 0.1})
    other.finished("a", 0, {"w1": 0.2}, id="r001")
    assert [row.label for row in several(sweep, other).rows] == ["b", "a"]


def test_seeds_of_one_cell_from_two_sweeps_make_one_row(sweep, other) -> None:
    sweep.finished("a", 0, {"w1": 0.1})
    other.finished("a", 1, {"w1": 0.2}, id="r001")
    assert [row.cells["w1"].values for row in several(sweep, other).rows] == [{0: 0.1, 1: 0.2}]


def test_rows_of_one_name_and_unlike_settings_are_told_apart_by_their_sweeps(sweep, other) -> None:
    sweep.finished("a", 0, {"w1": 0.1}, generator_optimizer={**ADAM, "lr": 0.1})
    other.finished("a", 0, {"w1": 0.2}, id="r001", generator_optimizer={**ADAM, "lr": 0.2})
    assert [row.label for row in several(sweep, other).rows] == ["a [gaussian_1d]", "a [again]"]


def test_a_run_that_is_done_in_one_of_two_sources_is_done(sweep, other) -> None:
    sweep.unfinished("a", 0, id="same", sweep="s")
    other.finished("a", 0, {"w1": 0.3}, id="same", sweep="s")
    for folders in ([sweep.folder, other.folder], [other.folder, sweep.folder]):
        (run,) = read_runs([str(folder) for folder in folders])
        assert run.done


def test_a_run_that_two_sources_hold_counts_once(sweep, other) -> None:
    sweep.finished("a", 0, {"w1": 0.1})
    other.finished("a", 0, {"w1": 0.1})
    assert [row.cells["w1"].values for row in several(sweep, other).rows] == [{0: 0.1}]


def test_a_run_that_ended_otherwise_elsewhere_is_refused(sweep, other) -> None:
    sweep.finished("a", 0, {"w1": 0.1})
    other.finished("a", 0, {"w1": 0.2})
    with pytest.raises(InputError, match="run r000 ended otherwise in"):
        several(sweep, other)


def test_a_filter_is_for_sources_in_wandb(sweep) -> None:
    sweep.cell("a", [0.1])
    with pytest.raises(InputError, match="--filter chooses among the runs of wandb:ENTITY/PROJECT"):
        read_runs([str(sweep.folder)], ["variant=a"])
