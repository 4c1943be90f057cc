"""What of a search is refused where its file is read, in a sentence that names it."""

from __future__ import annotations

import re

import pytest
from searching import KEYS, SEARCH, sweep_with

from ganlab.errors import InputError
from ganlab.sweeps.schema import load_sweep
from ganlab.sweeps.search.candidate import LONGEST_SUFFIX, Candidate
from ganlab.sweeps.search.schema import MOST_TRIALS, Choices, Range
from ganlab.sweeps.search.tpe import rungs_of

LR = "optimizer.lr"


def test_a_space_is_written_with_dots_or_nested_and_is_in_the_order_of_its_names():
    dotted = {LR: {"low": 1e-4, "high": 1}, "batch_size": [32, 64]}
    nested = {"optimizer": {"lr": {"low": 1e-4, "high": 1}}, "batch_size": [32, 64]}
    for space in (dotted, nested):
        found = sweep_with({"space": space}).search.space
        assert list(found.items()) == [("batch_size", Choices(values=(32, 64))), (LR, Range(low=1e-4, high=1))]


def test_a_command_line_changes_a_search():
    found = load_sweep({**KEYS, "search": SEARCH}, ["search.trials=9", "search.space.optimizer.lr.high=1"]).search
    assert (found.trials, found.space[LR].high) == (9, 1)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": {}}, "search.space: {} names no settings"),
        ({"space": {LR: []}}, "optimizer.lr has no values; list at least one"),
        ({"space": {LR: 3}}, "optimizer.lr is 3; it must be a list of values, or {low: ..., high: ...}"),
        ({"space": {LR: {"low": 1, "high": 0.1}}}, "optimizer.lr goes from 1 to 0.1; low must be less than high"),
        ({"space": {LR: {"low": 1, "high": 1}}}, "optimizer.lr goes from 1 to 1; low must be less than high"),
        ({"space": {LR: {"low": 0, "high": 1, "log": True}}}, "optimizer.lr goes from 0, which has no logarithm"),
        ({"space": {LR: {"low": 0.1}}}, "optimizer.lr: high is empty; it must be a number"),
        ({"space": {LR: {"low": "a", "high": 1}}}, "optimizer.lr: low is 'a'; it must be a number"),
        ({"space": {LR: {"low": 1e-4, "high": 1, "lg": True}}}, "optimizer.lr has the unknown key 'lg'"),
        ({"space": {LR: {"low": 1e-4, "high": 1, "log": 1}}}, "optimizer.lr: log is 1; it must be true or false"),
        ({"trials": 0}, "'search.trials' is 0"),
        ({"method": "grid"}, "'search.method' is 'grid'; it must be 'random', 'sobol' or 'optuna'"),
        ({"report_seeds": [1, 2]}, "search: the seed 1 is one of tune_seeds and of report_seeds"),
        ({"tune_seeds": [1, 1]}, "search.tune_seeds: a seed is listed twice"),
        ({"tune_seeds": []}, "search.tune_seeds: [] names no seeds"),
        ({"budget": 0}, "'search.budget' is 0"),
        ({"halving": 3}, "search: halving goes with the method optuna, and the method is random"),
        ({"method": "optuna", "halving": 7}, "search: halving is 7, and there are 6 trials"),
        ({"trails": 3}, "unknown key 'search.trails'; did you mean 'trials'"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(map(str, value)),
)
def test_a_wrong_search_is_refused_in_a_sentence(changes, message):
    with pytest.raises(InputError, match=re.escape(message)):
        sweep_with(changes)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"seeds": [0]}, "with a search, its tune_seeds and report_seeds are the seeds; remove the key 'seeds'"),
        ({"steps": 9}, "with a search, its budget says how long runs are; remove the key 'steps'"),
        ({"variants": [{"name": "vanilla", "steps": 9}]}, "with a search, its budget says how long runs are"),
    ],
    ids=["seeds", "steps", "steps of a row"],
)
def test_a_search_is_in_the_place_of_seeds_and_steps(keys, message):
    with pytest.raises(InputError, match=re.escape(message)):
        sweep_with(**keys)


def test_a_label_that_leaves_no_room_for_those_of_its_trials_is_refused():
    sweep_with({"method": "optuna", "halving": 2}, variants=[{"name": "vanilla", "label": "a" * 92}])
    with pytest.raises(InputError, match=r"the label 'a{93}' has 93 letters; with a search it may have 92"):
        sweep_with(variants=[{"name": "vanilla", "label": "a" * 93}])
    row = {"name": "vanilla", "label": "a" * 93}
    load_sweep({**KEYS, "variants": [row], "seeds": [0], "steps": 4})


def test_the_longest_label_of_a_trial_can_be_a_label():
    longest = Candidate(number=MOST_TRIALS - 1, rung=rungs_of(2, MOST_TRIALS), settings={}).suffix
    assert len(longest) == LONGEST_SUFFIX


def test_a_sweep_is_not_called_as_the_trials_of_a_search_are():
    with pytest.raises(InputError, match=r"name: 'tuned-trials' ends in '-trials', as the folders of trials"):
        load_sweep({**KEYS, "name": "tuned-trials", "seeds": [0]})


def test_a_space_of_a_row_needs_a_search():
    row = {"name": "vanilla", "space": {LR: [1e-3]}}
    with pytest.raises(InputError, match="'vanilla' has a space and the sweep has no 'search'"):
        load_sweep({**KEYS, "variants": [row], "seeds": [0], "steps": 4})
