"""Which runs of a large sweep a report draws alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from records import spec_file
from written_sweep import WrittenSweep

from ganlab.results.colours import style_of
from ganlab.results.report.cached_runs import MOST_ALONE, drawn_alone
from ganlab.results.report.metrics import metrics_of
from ganlab.results.runs import Run
from ganlab.results.sources import Folder, read_runs
from ganlab.results.table import build


def runs_of(seeds: int) -> list[Run]:
    """Two rows of so many seeds, which are not done."""
    specs = [spec_file(id=f"{label}-s{seed}", label=label, seed=seed) for label in ("a", "b") for seed in range(seeds)]
    return [Run(spec_file=spec, summary=None, origin=Folder(Path(spec.id), None)) for spec in specs]


def test_all_runs_of_a_usual_sweep_are() -> None:
    runs = runs_of(MOST_ALONE // 2)
    assert drawn_alone(runs) == {run.id for run in runs}


def test_of_a_large_sweep_as_many_seeds_of_each_row_are_from_the_first_to_the_last() -> None:
    alone = drawn_alone(runs_of(1000))
    for label in ("a", "b"):
        seeds = sorted(int(one.removeprefix(f"{label}-s")) for one in alone if one.startswith(label))
        assert (len(seeds), seeds[0], seeds[-1]) == (MOST_ALONE // 2, 0, 999)
        assert {second - first for first, second in pairwise(seeds)} <= {7, 8}


def test_a_curve_is_of_all_seeds_though_few_are_drawn_alone(tmp_path: Path) -> None:
    sweep = WrittenSweep(tmp_path)
    ids = [sweep.run("lsgan", seed, w1=0.1 * (seed + 1), samples=None) for seed in range(3)]
    runs = read_runs([str(tmp_path)])
    styles = {"lsgan": style_of(0)}
    few, all_of_them = (
        metrics_of(runs, build(runs), styles, alone)["gaussian"]["w1"]["curves"]["data"] for alone in (ids[1:2], ids)
    )
    assert [trace["meta"]["seed"] for trace in few if "seed" in trace["meta"]] == [1]
    assert [trace for trace in all_of_them if "seed" not in trace["meta"]] == few[1:]
