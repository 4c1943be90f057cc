"""Points of the unit cube and the settings that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from searching import phases, sweep_with

from ganlab.errors import InputError
from ganlab.sweeps.search.sampling import sampled, seed_of
from ganlab.sweeps.search.space import Dimension

LR = Dimension(name="optimizer.lr", low=1e-5, high=1e-1, log=True)
WHOLE = Dimension(name="critic_steps", low=1, high=5, whole=True)
CHOICE = Dimension(name="batch_size", values=(32, 64, 128))


def trials_of(tmp_path, changes=None, **keys):
    """The settings of the trials of the first row."""
    (row, *_), *_ = phases(sweep_with(changes, **keys), tmp_path)._rows
    return [dict(one.settings) for one in row.candidates()]


@pytest.mark.parametrize(
    ("dimension", "share", "value"),
    [
        (LR, 0, 1e-5),
        (LR, 0.5, 1e-3),
        (LR, 0.75, 1e-2),
        (Dimension(name="x", low=-1, high=3), 0.25, 0.0),
        (WHOLE, 0.19, 1),
        (WHOLE, 0.21, 2),
        (WHOLE, 1 - 1e-16, 5),
        (CHOICE, 0.32, 32),
        (CHOICE, 0.34, 64),
        (CHOICE, 0.99, 128),
    ],
    ids=str,
)
def test_equal_parts_of_the_way_are_equally_likely(dimension, share, value):
    assert dimension.at(share) == pytest.approx(value)
    assert type(dimension.at(share)) is type(value)


def test_whole_numbers_on_a_logarithmic_range_are_as_likely_as_their_part_of_it():
    """k has the part from log k to log(k + 1)."""
    dimension = Dimension(name="x", low=1, high=7, log=True, whole=True)
    found = np.array([dimension.at(share) for share in (np.arange(100_000) + 0.5) / 100_000])
    shares = [np.mean(found == k) for k in range(1, 8)]
    assert shares == pytest.approx([np.log((k + 1) / k) / np.log(8) for k in range(1, 8)], abs=1e-4)


@pytest.mark.parametrize("method", ["random", "sobol"])
def test_more_trials_begin_with_the_same_ones(method):
    few, many = (sampled(method, count, (LR, WHOLE), seed=7) for count in (5, 19))
    assert few == many[:5]
    assert len({one.settings["optimizer.lr"] for one in many}) == 19


def test_random_trials_are_uniform_in_the_unit_cube():
    points = [one.settings["x"] for one in sampled("random", 500, (Dimension(name="x"),), seed=1)]
    assert stats.kstest(points, "uniform").pvalue > 0.01


def test_a_sobol_sequence_has_one_point_in_each_part_of_each_axis():
    points = np.array([[one.settings[name] for name in "xyz"] for one in _cube("sobol", 16)])
    for axis in points.T:
        assert sorted(np.floor(axis * 16).astype(int)) == list(range(16))


def _cube(method, count):
    return sampled(method, count, [Dimension(name=name) for name in "xyz"], seed=3)


def test_trials_are_a_function_of_the_name_of_the_sweep_and_of_the_space():
    assert seed_of("a", (LR,)) == seed_of("a", (LR,))
    assert len({seed_of("a", (LR,)), seed_of("b", (LR,)), seed_of("a", (LR, WHOLE))}) == 3


def test_rows_with_the_same_space_have_the_same_trials(tmp_path):
    first, second = phases(sweep_with(variants=["vanilla", "lsgan"]), tmp_path)._rows[0]
    assert [one.settings for one in first.candidates()] == [one.settings for one in second.candidates()]


def test_a_range_of_a_whole_number_has_whole_numbers_and_that_of_another_all(tmp_path):
    space = {"critic_steps": {"low": 1, "high": 5}, "optimizer.lr": {"low": 1e-4, "high": 1}}
    found = trials_of(tmp_path, {"space": space})
    assert {type(one["critic_steps"]) for one in found} == {int}
    assert {type(one["optimizer.lr"]) for one in found} == {float}


def test_a_row_has_its_own_space_on_top(tmp_path):
    row = {"name": "wgan-gp", "space": {"penalties.gradient_penalty": [0.1, 1.0], "optimizer.lr": [1e-3]}}
    found = trials_of(tmp_path, variants=[row])
    assert {one["optimizer.lr"] for one in found} == {1e-3}
    assert {one["penalties.gradient_penalty"] for one in found} <= {0.1, 1.0}


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ({"optimiser.lr": [1]}, "search.space: unknown setting 'optimiser.lr'; did you mean 'optimizer'"),
        ({"optimizer.rate": [1]}, "'vanilla' has no setting 'optimizer.rate'"),
        ({"penalties.gradient_penalty": [1]}, "'vanilla' has no setting 'penalties.gradient_penalty'; give that range"),
        ({"critic_warmup.steps": [1]}, "'vanilla' has no setting 'critic_warmup.steps'"),
        ({"evaluation.samples": [100]}, "'evaluation.samples' cannot be searched: it is how a run is measured"),
        ({"ema": [0.5]}, "'ema' cannot be searched: it is part of how a run is measured"),
        ({"steps": [5]}, "'steps' cannot be searched: the budget sets it"),
        ({"builder.activation": {"low": 1, "high": 2}}, "'builder.activation' is no number, so it has no range"),
        ({"batch_size": {"low": 2.5, "high": 8}}, "'batch_size' is a whole number; let low and high be whole numbers"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_a_setting_that_cannot_be_searched_is_refused_in_a_sentence(tmp_path, space, message):
    with pytest.raises(InputError, match=message):
        trials_of(tmp_path, {"space": space})


def test_a_row_without_anything_to_search_is_refused(tmp_path):
    sweep = sweep_with({"trials": 3})
    search = sweep.search.model_copy(update={"space": {}})
    with pytest.raises(InputError, match="'vanilla' has no settings to search; give search a 'space'"):
        phases(sweep.model_copy(update={"search": search}), tmp_path).next()
