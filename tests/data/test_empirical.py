"""Distribution functions and quantiles against numpy's and scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ganlab.data import load
from ganlab.data.empirical import share
from ganlab.data.reference import HeldOut

values = st.lists(st.integers(-5, 5), min_size=1, max_size=30).map(lambda some: np.sort(np.array(some, dtype=float)))
points = st.lists(st.integers(-6, 6), min_size=1, max_size=5).map(lambda some: np.array(some, dtype=float))


@pytest.fixture
def normal():
    return load("gaussian", {}, "test").reference


def held_out(some: np.ndarray) -> HeldOut:
    return HeldOut(held_out=some, training=some)


@given(values, points)
def test_a_share_is_counted(some, at):
    assert share(some, at).tolist() == [np.mean(some <= point) for point in at]
    assert share(some, at, strictly=True).tolist() == [np.mean(some < point) for point in at]


@given(values, points)
def test_the_distribution_of_held_out_values_is_their_share(some, at):
    assert np.array_equal(held_out(some).cumulative(at), share(some, at))
    assert np.array_equal(held_out(some).cumulative(at, strictly=True), share(some, at, strictly=True))


@given(values, st.integers(2, 40))
def test_quantiles_of_held_out_values_invert_their_distribution(some, count):
    """The smallest of the values that as large a share as the level is <= to, by the definition."""
    levels = np.linspace(0.01, 0.99, count)
    expected = [min(value for value in some if np.mean(some <= value) >= level - 1e-9) for level in levels]
    assert held_out(some).quantiles(0.01, 0.99, count).tolist() == expected


def test_quantiles_of_held_out_values_are_numpys():
    some = np.sort(np.random.default_rng(0).normal(size=997))
    expected = np.quantile(some, np.linspace(0.005, 0.995, 50), method="inverted_cdf")
    assert np.array_equal(held_out(some).quantiles(0.005, 0.995, 50), expected)


def test_of_a_known_density_both_are_its_own(normal):
    levels = np.linspace(0.1, 0.9, 9)
    assert normal.quantiles(0.1, 0.9, 9) == pytest.approx(stats.norm.ppf(levels))
    assert normal.cumulative(normal.quantiles(0.1, 0.9, 9)) == pytest.approx(levels)


def test_kept_quantiles_cannot_be_written_to(normal):
    with pytest.raises(ValueError, match="read-only"):
        normal.quantiles(0.1, 0.9, 9)[0] = 0.0
