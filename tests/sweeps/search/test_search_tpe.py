"""Trials by Optuna, on a loss that is known in closed form."""

from __future__ import annotations

import builtins
import math

import pytest
from searching import Written, phases, quiet, sweep_with

from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.search import read_search
from ganlab.sweeps.launch import launch
from ganlab.sweeps.parts import launch_all
from ganlab.sweeps.search.space import Dimension
from ganlab.sweeps.search.tpe import ROUND, optuna_candidates, rungs_of
from ganlab.sweeps.search.trials import Trials

LR = Dimension(name="lr", low=1e-6, high=1.0, log=True)
KIND = Dimension(name="kind", values=("good", "bad"))


def loss(candidate):
    return abs(math.log10(candidate.settings["lr"]) + 3) + (candidate.settings.get("kind") == "bad")


def test_a_round_is_asked_for_before_any_of_its_results_is_known():
    assert len(optuna_candidates([LR], 20, None, 0, lambda candidate: None)) == ROUND
    known = {one.number: 0.5 for one in optuna_candidates([LR], 20, None, 0, lambda candidate: None)}
    assert len(optuna_candidates([LR], 20, None, 0, lambda candidate: known.get(candidate.number))) == 2 * ROUND


def test_the_same_results_lead_to_the_same_trials():
    first, again = (optuna_candidates([LR, KIND], 30, None, 3, loss) for _ in range(2))
    assert first == again
    assert [one.number for one in first] == list(range(30))


def test_later_trials_are_nearer_to_the_best_settings_than_the_first_ones():
    found = optuna_candidates([LR, KIND], 64, None, 1, loss)
    early, late = found[:ROUND], found[-2 * ROUND :]
    assert sum(map(loss, late)) / len(late) < 0.6 * sum(map(loss, early)) / len(early)


def test_a_failed_trial_is_told_as_one_and_the_others_go_on():
    found = optuna_candidates([LR], 20, None, 0, lambda one: math.nan if one.number == 3 else loss(one))
    assert len(found) == 20


def test_diverged_trials_do_not_end_a_study():
    assert len(optuna_candidates([LR], 20, None, 0, lambda one: math.inf)) == 20


@pytest.mark.parametrize(("halving", "trials", "lowest"), [(None, 9, 0), (3, 2, 0), (3, 3, 1), (3, 26, 2), (3, 27, 3)])
def test_there_are_rungs_until_one_trial_is_left(halving, trials, lowest):
    assert rungs_of(halving, trials) == lowest


def test_halving_lets_the_better_trials_go_on_and_ends_the_others():
    """In a rung, a trial goes on if it is among the best third of those that came there before it, or the best."""
    found = optuna_candidates([LR], 27, 3, 0, loss)
    lowest = [one for one in found if one.rung == 3]
    went_on = {one.number for one in found if one.rung == 2}
    assert [one.number for one in lowest] == list(range(27))
    for position, one in enumerate(lowest):
        before = sorted(map(loss, lowest[: position + 1]))
        assert (one.number in went_on) == (loss(one) <= before[max(0, len(before) // 3 - 1)])
    sizes = [len({one.number for one in found if one.rung == rung}) for rung in (3, 2, 1, 0)]
    assert sizes == sorted(sizes, reverse=True)
    assert 0 < sizes[-1] < sizes[0] / 2


def test_a_search_by_halving_chooses_among_the_trials_of_the_whole_budget(tmp_path):
    sweep = sweep_with({"method": "optuna", "halving": 3, "trials": 9, "budget": 6400})
    engine = Written()
    plan, result = launch_all(phases(sweep, tmp_path).next(), engine, quiet())
    (row,) = read_search(plan.folder).rows
    assert result.faults == []
    assert {trial.samples_seen for trial in row.finished} == {6400}
    assert {trial.samples_seen for trial in row.trials if trial.halted} <= {6400 // 3 // 64 * 64, 6400 // 9 // 64 * 64}
    assert row.score(row.best) == min(map(row.score, row.finished))
    assert row.missing == 0
    runs = [run for run in engine.done if "-t" in run]
    lengths = {"-r2-": 6400 // 9 // 64 * 64, "-r1-": 6400 // 3 // 64 * 64}
    spent = sum(next((seen for part, seen in lengths.items() if part in run), 6400) for run in runs)
    assert row.spent == spent


def test_a_round_whose_last_trial_another_launcher_ends_meanwhile_is_followed_by_the_next_one(tmp_path, monkeypatch):
    sweep = sweep_with({"method": "optuna", "trials": 12})
    last = "vanilla-t007-s1"
    launch(phases(sweep, tmp_path).next(), Written(faulty=(last,)), quiet())
    (folder,) = (tmp_path / "tuned-trials").glob(f"{last}-*")
    usual = Trials.candidates

    def candidates(trials):
        found = usual(trials)
        if not RunDirectory(folder).is_done():
            Written()._finish(folder)  # the other launcher
        return found

    monkeypatch.setattr(Trials, "candidates", candidates)
    assert phases(sweep, tmp_path).next().folder.name == "tuned-trials"
    plan, _ = launch_all(phases(sweep, tmp_path).next(), Written(), quiet())
    (row,) = read_search(plan.folder).rows
    assert (row.missing, row.score(row.best)) == (0, min(map(row.score, row.trials)))


def test_optuna_that_is_not_installed_is_named_with_its_extra(monkeypatch):
    usual = builtins.__import__

    def without(name, *rest):
        if name == "optuna":
            raise ModuleNotFoundError(name, name=name)
        return usual(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"^search.method 'optuna' needs optuna: pip install 'ganlab\[optuna\]'$"):
        optuna_candidates([LR], 3, None, 0, loss)
