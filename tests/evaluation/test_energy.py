"""The energy distance, against closed forms and all pairs of samples."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial.distance import cdist, pdist

from ganlab.data import load
from ganlab.data.reference import HeldOut, PlaneMixture
from ganlab.evaluation.energy import energy_distance

TRUE = {"gaussian": {}, "lognormal": {"sigma": 0.5}, "student-t": {"df": 3}, "ring": {}, "grid": {}}
VECTORS = arrays(np.float64, st.integers(2, 30), elements=st.floats(-100, 100).map(lambda value: round(value, 1)))


def distance(samples, reference):
    return energy_distance(np.sort(samples) if samples.ndim == 1 else samples, reference)["energy_distance"]


def between_normals(shift):
    """Of N(0, 1) and N(shift, 1), whose difference is N(shift, 2): 2 E|N(shift, 2)| - 2 E|N(0, 2)|."""
    return 2 * stats.foldnorm(shift / math.sqrt(2), scale=math.sqrt(2)).mean() - 4 / math.sqrt(math.pi)


def test_normals_one_apart_have_their_closed_form(normal):
    assert between_normals(1) == pytest.approx(0.54181, abs=1e-5)
    levels = (np.arange(100_000) + 0.5) / 100_000
    assert distance(stats.norm.ppf(levels) + 1, normal) == pytest.approx(between_normals(1), rel=1e-3)


@pytest.mark.parametrize("name", TRUE)
def test_true_samples_score_zero_on_average(name):
    reference = load(name, TRUE[name], "test").reference
    rng = np.random.default_rng(0)
    found = [distance(reference.fresh(rng, 1_000), reference) for _ in range(60)]
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(60)


@given(samples=VECTORS, values=VECTORS)
def test_of_held_out_values_it_is_the_sum_over_all_pairs(samples, values):
    within = sum(pdist(some[:, None]).mean() for some in (samples, values))
    expected = 2 * np.abs(samples[:, None] - values).mean() - within
    truth = np.sort(values)
    assert distance(samples, HeldOut(held_out=truth, training=truth)) == pytest.approx(expected, abs=1e-9)


def test_it_is_scipys_but_for_the_bias(normal):
    samples = np.sort(np.random.default_rng(0).normal(0.2, 1, 500))
    biased = stats.energy_distance(samples, stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000)) ** 2
    assert distance(samples, normal) == pytest.approx(biased - pdist(samples[:, None]).mean() / 500, abs=1e-5)


def test_in_the_plane_it_is_that_to_a_large_true_sample():
    reference = load("ring", {"std": 0.3}, "test").reference
    rng = np.random.default_rng(0)
    points, truth = reference.fresh(rng, 200) * 1.5 + 0.2, reference.fresh(rng, 4_000)
    expected = 2 * cdist(points, truth).mean() - pdist(points).mean() - pdist(truth).mean()
    assert distance(points, reference) == pytest.approx(expected, rel=0.02)


def test_in_the_plane_the_truth_follows_rices_distribution():
    reference = PlaneMixture(centres=np.zeros((1, 2)), std=2.0)
    points = np.repeat([[30.0, 40.0], [0.0, 1.0]], 500, axis=0)
    rice = stats.rice([50 / 2, 1 / 2], scale=2).mean().sum()
    among_points = 500 / 999 * math.hypot(30, 39)
    expected = rice - among_points - stats.rayleigh(scale=2 * math.sqrt(2)).mean()
    assert distance(points, reference) == pytest.approx(expected, rel=2e-3)


def test_it_has_the_data_s_units(density, normal):
    samples = np.random.default_rng(0).normal(0.3, 0.7, 1_000)
    assert distance(100 + 7 * samples, density(stats.norm(100, 7))) == pytest.approx(7 * distance(samples, normal))
