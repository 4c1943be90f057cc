"""A search from its file to its record, with runs whose results are known in closed form."""

from __future__ import annotations

import math
from statistics import fmean

import pytest
import records
from searching import KEYS, Written, distance, phases, quiet, sweep_with

from ganlab.engines import StoppedError
from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.lease import Watcher
from ganlab.record.overview import look_over
from ganlab.record.search import read_search
from ganlab.record.stop import ask_to_end
from ganlab.record.sweep_index import read_index
from ganlab.results import read_runs
from ganlab.sweeps.parts import launch_all
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep

LR = "optimizer.lr"


def searched(tmp_path, engine=None, changes=None, **keys):
    """The last plan, how all went, and what is recorded of the search."""
    engine = engine or Written()
    plan, result = launch_all(phases(sweep_with(changes, **keys), tmp_path).next(), engine, quiet())
    return plan, result, read_search(plan.folder)


def test_the_trial_of_the_lowest_mean_over_the_tune_seeds_is_trained_on_the_report_seeds(tmp_path):
    plan, result, search = searched(tmp_path)
    (row,) = search.rows
    rates = [trial.settings[LR] for trial in row.trials]
    best = min(range(6), key=lambda number: abs(math.log10(rates[number]) + 3))
    assert (row.chosen, result.faults) == (best, [])
    assert [run.spec.seed for run in plan.runs] == [10, 11, 12]
    assert {run.spec.generator_optimizer.lr for run in plan.runs} == {rates[best]}
    assert row.score(row.best) == pytest.approx(fmean(distance(rates[best], seed) for seed in (0, 1)))


def test_trials_are_a_sweep_of_their_own_and_no_part_of_the_table(tmp_path):
    plan, _, search = searched(tmp_path)
    assert [one.name for one in sorted(tmp_path.iterdir())] == ["tuned", "tuned-trials"]
    assert list(read_index(plan.folder).runs) == list(search.rows[0].reported) == [run.spec.id for run in plan.runs]
    overview = look_over(tmp_path / "tuned-trials", Watcher())
    assert len(overview.done) == 12
    assert {run for trial in search.rows[0].trials for run in (one.id for one in trial.runs)} == {*overview.done}


def test_what_is_recorded_of_trials_is_what_their_runs_say(tmp_path):
    _, _, search = searched(tmp_path)
    for trial in search.rows[0].trials:
        for tried in trial.runs:
            directory = RunDirectory(tmp_path / "tuned-trials" / tried.id)
            summary, spec = directory.summary(), directory.spec().spec
            assert (tried.status, tried.value, tried.seed) == (summary.status, summary.final["w1"], spec.seed)
            assert (trial.samples_seen, trial.iterations) == (summary.cost.samples_seen, spec.steps)


def test_the_same_command_again_trains_nothing(tmp_path):
    searched(tmp_path)
    again = Written()
    plan, _, _ = searched(tmp_path, again)
    assert (again.done, plan.jobs) == ([], ())


def test_more_trials_keep_those_that_are_done(tmp_path):
    first, more = Written(), Written()
    _, _, before = searched(tmp_path, first)
    _, _, after = searched(tmp_path, more, {"trials": 9})
    assert after.rows[0].trials[:6] == before.rows[0].trials
    assert len([run for run in more.done if "-t" in run]) == 6


class Stopped(Written):
    """Ctrl-C comes after the first run of a job."""

    def run(self, jobs, listener):
        self._finish(jobs[0].runs[0])
        raise StoppedError


def test_a_search_that_is_stopped_reports_nothing_and_goes_on_with_the_same_command(tmp_path):
    plan, result, search = searched(tmp_path, Stopped())
    assert isinstance(result.stopped, StoppedError)
    assert (plan.folder.name, search) == ("tuned-trials", None)
    engine = Written()
    _, _, search = searched(tmp_path, engine)
    assert len(engine.done) == 11 + 3
    assert search == searched(tmp_path / "at once")[2]


class AskedToEnd(Written):
    """`ganlab stop` comes after the last run of the trials."""

    def run(self, jobs, listener):
        super().run(jobs, listener)
        ask_to_end(jobs[0].sweep)


def test_a_search_that_is_asked_to_end_between_two_of_its_parts_does(tmp_path):
    engine = AskedToEnd()
    plan, result, search = searched(tmp_path, engine)
    assert isinstance(result.stopped, StoppedError)
    assert (plan.folder.name, search, len(engine.done)) == ("tuned-trials", None, 12)
    assert searched(tmp_path)[1].stopped is None


def test_a_trial_that_diverged_in_a_seed_is_worse_than_any_other(tmp_path):
    def loss(lr, seed):
        return None if seed == 1 and distance(lr, 0) < 1 else distance(lr, seed)

    _, _, search = searched(tmp_path, Written(loss))
    (row,) = search.rows
    scores = {trial.number: row.score(trial) for trial in row.trials}
    assert math.inf in scores.values()
    assert scores[row.chosen] == min(scores.values()) >= 1


def test_where_all_trials_have_diverged_that_of_the_fewest_seeds_is_chosen_and_then_that_of_the_lowest_mean(tmp_path):
    def loss(lr, seed):
        return None if seed == 0 or lr > 1e-3 else distance(lr, seed)

    _, _, search = searched(tmp_path, Written(loss))
    (row,) = search.rows
    low = [trial for trial in row.trials if trial.settings[LR] <= 1e-3]
    assert len(low) > 1
    assert row.best == max(low, key=lambda trial: trial.settings[LR])


def test_of_a_metric_of_which_more_is_better_the_highest_is_chosen(tmp_path, monkeypatch):
    monkeypatch.setitem(records.PROTOCOL, "metrics", {"w1": {"better": "higher", "estimator": "share"}})
    _, _, search = searched(tmp_path)
    (row,) = search.rows
    assert row.score(row.best) == max(map(row.score, row.trials))


def test_a_row_whose_trials_are_not_all_done_is_chosen_from_the_others_and_says_so(tmp_path):
    _, whole, search = searched(tmp_path / "whole")
    best = search.rows[0].best
    _, result, search = searched(tmp_path, Written(faulty=(f"vanilla-t{best.number:03d}-s1",)))
    (row,) = search.rows
    assert (whole.faults, len(result.faults)) == ([], 1)
    assert (row.missing, row.chosen != best.number) == (1, True)
    assert [run.status for run in row.trials[best.number].runs] == ["finished", "not done"]


def test_a_row_of_which_no_trial_is_done_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"no trial of 'vanilla' has ended.*ganlab status .*tuned-trials"):
        searched(tmp_path, Written(faulty=("vanilla",)))


def test_each_row_on_each_data_set_is_searched_alone(tmp_path):
    data = ["gaussian", {"name": "gaussian", "mean": 5.0}]
    plan, _, search = searched(tmp_path, data=data, variants=["vanilla", "lsgan"])
    assert len(search.rows) == len({(row.dataset, row.label) for row in search.rows}) == 4
    assert len(plan.runs) == 4 * 3
    assert {run.spec.id for run in plan.runs} == {one for row in search.rows for one in row.reported}


def test_rows_that_are_launched_later_stand_beside_those_of_the_same_search(tmp_path):
    searched(tmp_path)
    _, _, search = searched(tmp_path, variants=["lsgan"])
    assert [row.label for row in search.rows] == ["vanilla", "lsgan"]
    _, _, search = searched(tmp_path, changes={"trials": 7}, variants=["lsgan"])
    assert [row.label for row in search.rows] == ["lsgan"]


def test_a_launch_with_other_report_seeds_adds_their_runs_to_the_report(tmp_path):
    before, _, _ = searched(tmp_path)
    again = Written()
    plan, _, search = searched(tmp_path, again, {"report_seeds": [12, 13]})
    assert [run.partition("-s")[2][:2] for run in again.done] == ["13"]
    ids = list(dict.fromkeys(run.spec.id for run in (*before.runs, *plan.runs)))
    assert list(search.rows[0].reported) == list(read_index(plan.folder).runs) == ids
    assert {run.search.chosen for run in read_runs([str(plan.folder)])} == {search.rows[0].chosen}


def test_a_reported_run_is_the_run_that_an_ordinary_sweep_with_its_settings_makes(tmp_path):
    _, _, search = searched(tmp_path)
    best = search.rows[0].best
    keys = {**KEYS, "seeds": [10, 11, 12], "steps": best.iterations, "optimizer": {"lr": best.settings[LR]}}
    assert [spec.id for spec in resolve(load_sweep(keys))] == list(search.rows[0].reported)


def test_trials_that_differ_in_numbers_alone_are_one_population(tmp_path):
    plan = phases(sweep_with(), tmp_path).next()
    assert [len(job.runs) for job in plan.jobs] == [12]
