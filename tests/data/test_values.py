import hashlib
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ganlab.data import load
from ganlab.data.splits import SplitOptions
from ganlab.data.values import SplitValues
from ganlab.errors import InputError

VALUES = np.random.default_rng(0).gamma(2.0, 3.0, size=500) + 1000


def split(values=VALUES, **options):
    return SplitValues(np.asarray(values, dtype=np.float64), SplitOptions(**options), "'x.csv'")


def draw(data, count, seed=0):
    return data.draw(torch.Generator().manual_seed(seed), count)


def test_every_value_is_in_exactly_one_part():
    reference = split(np.arange(100.0), held_out=0.3).reference
    assert len(reference.held_out) == 30
    assert sorted([*reference.held_out, *reference.training]) == list(range(100))


def test_the_held_out_part_is_sorted_and_taken_from_everywhere():
    held = split(np.arange(1000.0)).reference.held_out
    assert np.all(np.diff(held) > 0)
    assert held[0] < 50
    assert held[-1] > 950


def test_the_split_is_the_same_every_time():
    # The first numbers of MT19937's permutation from seed 0, which NumPy promises to keep.
    first, second = split(np.arange(20.0)).reference, split(np.arange(20.0)).reference
    assert first.held_out.tolist() == second.held_out.tolist() == [1, 8, 18, 19]


@pytest.mark.parametrize(("count", "held_out", "splits"), [(100, 0.2, 5), (569, 0.2, 5), (101, 0.3, 3), (50, 0.1, 10)])
def test_splits_hold_out_different_values(count, held_out, splits):
    parts = [split(np.arange(float(count)), held_out=held_out, split=number).reference for number in range(splits)]
    held = np.concatenate([part.held_out for part in parts])
    assert len(np.unique(held)) == len(held)
    assert {len(part.held_out) for part in parts} == {int(held_out * count)}
    for part in parts:
        assert sorted([*part.held_out, *part.training]) == list(range(count))


def test_a_split_that_does_not_exist_is_refused():
    with pytest.raises(InputError) as error:
        load("sklearn", {"column": "iris/petal width (cm)", "held_out": 0.3, "split": 3}, "test")
    assert str(error.value) == (
        "test: there is no split 3: with held_out 0.3 there are 3, numbered from 0, which hold out different values; "
        "a smaller held_out makes more"
    )


def test_the_split_of_a_seed_needs_a_seed():
    with pytest.raises(InputError, match="'split: seed' is for sweeps"):
        load("sklearn", {"column": "iris/petal width (cm)", "split": "seed"}, "test")


def test_networks_see_the_training_part_standardised():
    data = split()
    samples = draw(data, 200_000).numpy()
    standardised = (data.reference.training - data.reference.training.mean()) / data.reference.training.std()
    np.testing.assert_array_equal(np.unique(samples), np.unique(standardised.astype(np.float32)))
    assert samples.mean() == pytest.approx(0, abs=0.01)
    assert samples.std() == pytest.approx(1, abs=0.01)


def test_every_training_value_is_drawn_equally_often():
    data = split(np.arange(25.0))
    _, counts = np.unique(draw(data, 200_000), return_counts=True)
    assert len(counts) == 20
    assert np.abs(counts - 10_000).max() < 5 * math.sqrt(10_000)


def test_a_draw_is_a_float32_column_fixed_by_the_seed():
    data = split()
    samples = draw(data, 64)
    assert samples.shape == (64, 1)
    assert samples.dtype == torch.float32
    assert torch.equal(samples, draw(data, 64))
    assert not torch.equal(samples, draw(data, 64, seed=1))


@settings(deadline=None)
@given(arrays(np.float64, st.integers(20, 60), elements=st.floats(-1e12, 1e12), unique=True))
def test_data_units_undo_the_standardisation(values):
    data = split(values)
    training = data.reference.training
    returned = data.to_data_units(draw(data, 100)).numpy()
    nearest = np.abs(returned - training).min(axis=1)
    assert nearest.max() <= 1e-6 * (np.ptp(training) + 1e-9 * np.abs(training).max())


def test_values_far_from_zero_keep_their_digits_in_data_units():
    data = split(1e9 + np.arange(100.0))
    returned = data.to_data_units(draw(data, 1000))
    assert returned.dtype == torch.float64
    assert torch.allclose(returned, returned.round(), rtol=0, atol=1e-4)


def test_the_fingerprint_is_the_hash_of_the_values_in_order():
    expected = hashlib.sha256(VALUES.tobytes()).hexdigest()
    assert split().fingerprint == {"sha256": expected}
    assert split(VALUES[::-1]).fingerprint != {"sha256": expected}


def test_the_values_are_summed_up():
    data = SplitValues(
        np.arange(5000.0) / 8, SplitOptions(held_out=0.25), "'x.csv'", "x.csv, column 'v'", ["3 missing dropped"]
    )
    assert data.found == (
        "x.csv, column 'v': 5,000 values, min 0, mean 312.438, max 624.875; 1,250 held out; 3 missing dropped"
    )
    assert split(np.arange(20.0)).found == "'x.csv': 20 values, min 0, mean 9.5, max 19; 4 held out"


@pytest.mark.parametrize(
    ("values", "held_out", "message"),
    [
        (np.arange(19.0), 0.2, "'x.csv' has 19 values; at least 20 are needed"),
        (
            np.arange(20.0),
            0.95,
            "'x.csv' has 20 values, which held_out 0.95 splits into 1 for training and 19 held out; "
            "each part needs at least 2",
        ),
        (np.full(20, 0.1), 0.2, "'x.csv' is constant: every training value is 0.1; values must vary"),
        (
            np.linspace(-1e300, 1e300, 20),
            0.2,
            "'x.csv' has a standard deviation of inf in float64; rescale its values",
        ),
    ],
)
def test_values_that_cannot_be_learnt_from_are_refused(values, held_out, message):
    with pytest.raises(InputError) as error:
        split(values, held_out=held_out)
    assert str(error.value) == message
