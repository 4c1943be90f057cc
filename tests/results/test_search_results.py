"""What fewer trials would give, and how tables, figures and archives tell of a search."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import replace
from itertools import product
from statistics import fmean

import numpy as np
import pytest
from records import ADAM, with_spec
from scipy import stats
from searches import row_search

from ganlab.errors import InputError
from ganlab.record.files import write_json
from ganlab.record.search import SEARCH, SearchFile, write_search
from ganlab.results import build, read_runs, render
from ganlab.results.archive import verify, write_archive
from ganlab.results.figures import Drawing
from ganlab.results.methods import methods
from ganlab.results.search import best_of, counts

SCORES = [[0.5], [0.125], [2.0], [0.125], [1.0]]
REPORTED = {f"{player}_optimizer": {**ADAM, "lr": 0.01} for player in ("discriminator", "generator")}
"""The settings of runs that report trial 1 of a search."""


@pytest.mark.parametrize("better", ["lower", "higher"])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_expected_best_and_its_median_are_those_over_all_draws_with_replacement(better, n):
    best = best_of(row_search(SCORES, better=better), n)
    found = sorted((min if better == "lower" else max)(draw) for draw in product([one for (one,) in SCORES], repeat=n))
    assert best.expected == pytest.approx(fmean(found))
    worse_half = sorted(found, reverse=better == "lower")[math.ceil(len(found) / 2) - 1]
    assert best.median == worse_half
    within = np.mean([best.low <= one <= best.high for one in found])
    assert within >= 0.95


def test_the_expected_best_of_uniform_scores_is_that_of_the_order_statistic():
    """The least of n uniform numbers has the mean 1 / (n + 1) and the distribution Beta(1, n)."""
    count, n = 4000, 5
    row = row_search([[(i + 0.5) / count] for i in range(count)])
    best = best_of(row, n)
    law = stats.beta(1, n)
    assert best.expected == pytest.approx(law.mean(), abs=1e-3)
    assert (best.low, best.median, best.high) == pytest.approx(law.ppf([0.025, 0.5, 0.975]), abs=1e-3)


def test_a_trial_that_diverged_makes_the_expected_best_infinite_and_leaves_the_median():
    best = best_of(row_search([[0.5], [0.25], [None]]), 2)
    assert (best.expected, best.median) == (math.inf, 0.25)  # 5 of the 9 draws have it


def test_many_draws_of_many_trials_are_still_numbers():
    best = best_of(row_search([[None], *([1.0 + i] for i in range(300))]), 300)
    assert (best.expected, math.isfinite(best.median)) == (math.inf, True)


def test_trials_by_optuna_count_in_their_order_and_have_no_interval():
    row = row_search([[0.5], [2.0], [0.25], [0.1]], method="optuna", halted={3})
    found = [best_of(row, n) for n in (1, 2, 3, 4)]
    assert [one.expected for one in found] == [0.5, 0.5, 0.25, 0.25]
    assert {(one.low, one.high) for one in found} == {(None, None)}


def test_budgets_are_powers_of_two_and_all_trials_that_are_done():
    assert counts(row_search([[1.0]] * 9, not_done={4})) == [1, 2, 4, 8]
    assert counts(row_search([[1.0]] * 9)) == [1, 2, 4, 8, 9]
    assert counts(row_search([[1.0]])) == [1]


@pytest.fixture
def searched(sweep):
    """Two rows of three seeds on disk whose settings were searched, of which one lacks a trial."""
    for label in ("vanilla", "lsgan"):
        for seed in (10, 11, 12):
            value = {"w1": 0.5 + 0.01 * seed}
            sweep.finished(label, seed, value, rows={10: value}, steps=10, **REPORTED)
    runs = read_runs([str(sweep.folder)])
    rows = [
        row_search(
            [[0.5], [0.125], [0.25], [0.75]],
            label=label,
            not_done={3} if label == "lsgan" else (),
            reported=tuple(run.id for run in runs if run.label == label),
        )
        for label in ("vanilla", "lsgan")
    ]
    write_search(sweep.folder, SearchFile(rows=tuple(rows)))
    return sweep


def test_a_table_says_how_settings_were_chosen_and_marks_a_row_that_lacks_trials(searched):
    text = render(searched.table(), "md")
    assert (
        "| vanilla | 0.406 (0.500) | 0.273 (0.250) | 0.213 (0.125) | 0.181 (0.125) |  0.125 | optimizer.lr 0.01 |"
        in text
    )
    assert "| lsgan ‡ |" in text
    assert "‡ lsgan: 1 of its 4 trials are not done" in text
    assert "Rows were not searched alike" in text
    assert "by the mean w1 at their end over the seeds 0" in text


def test_a_table_of_rows_that_were_searched_alike_says_nothing_of_unequal_budgets(searched):
    runs = [run for run in read_runs([str(searched.folder)]) if run.label == "vanilla"]
    text = render(build(runs), "md")
    assert "not searched alike" not in text
    assert "‡" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "sobol"},
        {"method": "optuna"},
        {"method": "optuna", "halving": 3},
        {"spent": 9},
    ],
    ids=["sobol", "optuna", "halving", "no difference"],
)
def test_rows_that_were_searched_by_other_methods_were_not_searched_alike(searched, changes):
    told = text_of_two_searches(searched, {}, changes)
    assert ("Rows were not searched alike" in told) == ("method" in changes)


def test_with_halving_rows_are_alike_if_their_trials_saw_equally_many_samples(searched):
    halving = {"method": "optuna", "halving": 3, "spent": 9}
    assert "not searched alike" not in text_of_two_searches(searched, halving, halving)
    assert "Rows were not searched alike" in text_of_two_searches(searched, halving, {**halving, "spent": 10})


def test_rows_on_other_data_may_be_searched_by_another_metric(searched):
    here = [replace(run, search=row_search([[0.5]])) for run in read_runs([str(searched.folder)])]
    there = [replace(with_spec(run, dataset="ring"), search=row_search([[0.5]], metric="js")) for run in here]
    assert "not searched alike" not in render(build([*here, *there]), "md")


def text_of_two_searches(sweep, first, second):
    """The table of the rows if their searches had these changes."""
    runs = read_runs([str(sweep.folder)])
    changes = {"vanilla": first, "lsgan": second}
    search = row_search([[0.5], [0.25]])
    return render(build([replace(run, search=search.model_copy(update=changes[run.label])) for run in runs]), "md")


@pytest.mark.parametrize(("split", "told"), [(0, True), (3, True), ("seed", False)])
def test_a_choice_on_the_held_out_values_of_the_table_is_said(searched, split, told):
    data = {"name": "file", "options": {"held_out": 0.2, "split": split}}
    runs = [with_spec(run, data=data) for run in read_runs([str(searched.folder)])]
    said = "On gaussian, trials and table are scored against the same held-out values"
    assert (said in render(build(runs), "md")) == told
    assert said not in render(build([replace(run, search=None) for run in runs]), "md")


def test_a_choice_by_a_known_density_is_not_said_to_be_on_held_out_values(searched):
    assert "same held-out values" not in render(searched.table(), "md")


def test_a_row_that_was_not_searched_is_told_beside_those_that_were(searched):
    searched.cell("wgan", [0.5, 0.25])
    text = render(build(read_runs([str(searched.folder)])), "md")
    assert "not searched for wgan" in text
    assert "Rows were not searched alike" in text


def test_formats_for_programs_have_the_search_at_full_precision(searched):
    cells = json.loads(render(searched.table(), "json"))
    search = next(cell["search"] for cell in cells if cell["variant"] == "vanilla")
    assert (search["settings"], search["score"], search["trials_done"]) == ({"optimizer.lr": 0.01}, 0.125, 4)
    assert search["best_of"][0]["expected"] == fmean([0.5, 0.125, 0.25, 0.75])
    lines = csv.DictReader(io.StringIO(render(searched.table(), "csv")))
    line = next(line for line in lines if line["variant"] == "vanilla")
    assert (line["search_trials"], line["search_budget"], line["search_score"]) == ("4", "640", "0.125")


def test_formats_without_a_search_have_no_keys_of_it(sweep):
    sweep.cell("vanilla", [0.5, 0.25])
    assert "search" not in render(sweep.table(), "json") + render(sweep.table(), "csv") + render(sweep.table(), "md")


def test_the_methods_of_a_paper_say_how_settings_were_chosen(searched):
    runs = read_runs([str(searched.folder)])
    assert "Choice of settings: the best of 4 trials (random)" in methods(runs, build(runs))


def test_an_archive_keeps_the_search_and_its_table_follows_from_it(searched, tmp_path):
    runs = read_runs([str(searched.folder)])
    write_archive(tmp_path / "a.zip", runs, None)
    archived = read_runs([str(tmp_path / "a.zip")])
    assert [run.search for run in archived] == [run.search for run in runs]
    follows = verify(tmp_path / "a.zip")[-1]
    assert not [fault for fault in follows.faults if "search" in fault or "table" in fault]


def with_settings(row, **settings):
    trials = tuple(one.model_copy(update={"settings": settings}) for one in row.trials)
    return row.model_copy(update={"trials": trials})


@pytest.mark.parametrize(
    ("forge", "fault"),
    [
        (lambda row: with_settings(row, **{"optimizer.lr": 123.0}), "the chosen optimizer.lr is 123.0, and not that"),
        (lambda row: with_settings(row, **{"no.such": 1}), "the chosen no.such is 1, and not that of the run"),
        (
            lambda row: row_search([[0.5] * 11, [0.1] * 11], reported=row.reported),
            "its seed 10 is one of tune_seeds",
        ),
        (lambda row: row.model_copy(update={"label": "wgan"}), "it has 'wgan' on 'gaussian', and the run is 'vanilla'"),
        (lambda row: row.model_copy(update={"metric": "fid"}), "it was chosen by fid, and the run is compared by w1"),
        (
            lambda row: row_search([[0.1], [0.5]], reported=row.reported, better="higher"),
            "it takes higher values of w1 for better ones",
        ),
        (
            lambda row: row.model_copy(
                update={"trials": tuple(one.model_copy(update={"iterations": 9}) for one in row.trials)}
            ),
            "the chosen trial saw 640 samples in 9 iterations, and the run 640 in 10",
        ),
    ],
    ids=["settings", "unknown setting", "tune seeds", "label", "metric", "better", "length"],
)
def test_a_search_that_is_not_that_of_the_runs_is_refused_in_folders_and_archives(searched, tmp_path, forge, fault):
    runs = [run for run in read_runs([str(searched.folder)]) if run.label == "vanilla"]
    forged = forge(runs[0].search)
    write_archive(tmp_path / "a.zip", [replace(run, search=forged) for run in runs], None)
    message = f"search.json is not of the run r000: {fault}"
    faults = [one for check in verify(tmp_path / "a.zip") for one in check.faults]
    assert any(message in one for one in faults), faults
    write_json(searched.folder / SEARCH, SearchFile(rows=(forged,)).record())
    for source in (searched.folder, tmp_path / "a.zip"):
        with pytest.raises(InputError, match=re.escape(message)):
            read_runs([str(source)])


def test_a_figure_draws_performance_against_the_number_of_trials(searched):
    drawing = Drawing(read_runs([str(searched.folder)]), "search")
    (axes,) = drawing.figure().axes
    assert axes.get_ylabel() == "expected best w1 ↓"
    vanilla = max(axes.lines[:2], key=lambda line: len(line.get_xdata()))  # lsgan lacks a trial
    assert list(vanilla.get_xdata()) == [1, 2, 3, 4]
    assert vanilla.get_ydata()[0] == pytest.approx(fmean([0.5, 0.125, 0.25, 0.75]))
    assert "expected best w1 of so many trials, each of at most 640 real samples" in drawing.caption()


def test_a_figure_draws_medians_where_a_trial_diverged(searched):
    runs = read_runs([str(searched.folder)])
    vanilla = tuple(run.id for run in runs if run.label == "vanilla")
    diverged = row_search([[0.5], [0.25], [None]], reported=vanilla)
    write_search(searched.folder, SearchFile(rows=(diverged,)))
    drawing = Drawing(read_runs([str(searched.folder)]), "search")
    assert drawing.figure().axes[0].get_ylabel() == "median best w1 ↓"
    assert "Lines are the median best" in drawing.caption()


def test_a_figure_of_a_search_is_refused_where_there_was_none(sweep):
    sweep.cell("vanilla", [0.5, 0.25])
    with pytest.raises(InputError, match="the settings of these rows were not searched"):
        Drawing(read_runs([str(sweep.folder)]), "search").figure()


def test_a_figure_of_a_search_takes_no_metrics(searched):
    with pytest.raises(InputError, match="leave out the names of metrics"):
        Drawing(read_runs([str(searched.folder)]), "search", ["w1"])
