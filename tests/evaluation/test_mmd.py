"""The maximum mean discrepancy, against closed forms and all pairs of samples."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist, pdist

from ganlab.data import load
from ganlab.data.reference import HeldOut
from ganlab.evaluation import evaluators_for
from ganlab.evaluation.mmd import BLOCK, maximum_mean_discrepancy

TRUE = {"gaussian": {}, "lognormal": {"sigma": 0.5}, "student-t": {"df": 3}, "ring": {}, "grid": {}}


def discrepancy(samples, reference):
    return maximum_mean_discrepancy(np.sort(samples) if samples.ndim == 1 else samples, reference)["mmd"]


def kernel(distances):
    return np.exp(-np.square(distances) / 2)


def over_all_pairs(samples, truth, width):
    """Without bias, of points [n, d]."""
    within = [kernel(pdist(points / width)).mean() for points in (samples, truth)]
    return sum(within) - 2 * kernel(cdist(samples, truth) / width).mean()


def test_normals_one_apart_have_their_closed_form(normal):
    exact = 2 / math.sqrt(3) * (1 - math.exp(-1 / 6))
    assert exact == pytest.approx(0.17727, abs=1e-5)
    levels = (np.arange(100_000) + 0.5) / 100_000
    assert discrepancy(stats.norm.ppf(levels) + 1, normal) == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("name", TRUE)
def test_true_samples_score_zero_on_average(name):
    reference = load(name, TRUE[name], "test").reference
    rng = np.random.default_rng(0)
    found = [discrepancy(reference.fresh(rng, 1_000), reference) for _ in range(60)]
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(60)


@pytest.mark.parametrize(("count", "held"), [(200, 90), (5_000, 2_000)])
def test_of_held_out_values_it_is_that_of_all_pairs(count, held):
    rng = np.random.default_rng(0)
    samples, values = rng.normal(1, 3, count), np.sort(rng.gamma(2, 1, held))
    expected = over_all_pairs(samples[:, None], values[:, None], values.std())
    assert discrepancy(samples, HeldOut(held_out=values, training=values)) == pytest.approx(expected, abs=1e-4)


def test_in_the_plane_it_is_that_to_a_large_true_sample():
    reference = load("ring", {"std": 0.3}, "test").reference
    rng = np.random.default_rng(0)
    points, truth = reference.fresh(rng, 200) * 1.5 + 0.2, reference.fresh(rng, 4_000)
    along_an_axis = math.sqrt(1 / 2 + 0.3**2)
    assert discrepancy(points, reference) == pytest.approx(over_all_pairs(points, truth, along_an_axis), rel=0.05)


def test_it_does_not_depend_on_the_units(density, normal):
    samples = np.random.default_rng(0).normal(0.3, 0.7, 1_000)
    assert discrepancy(100 + 7 * samples, density(stats.norm(100, 7))) == pytest.approx(discrepancy(samples, normal))


def test_without_a_finite_spread_there_is_none(density):
    constant = HeldOut(held_out=np.ones(5), training=np.ones(5))
    for reference in (density(stats.t(2)), constant):
        assert "mmd" not in [one.name for one in evaluators_for(reference)]


def test_points_are_paired_within_blocks():
    reference = load("ring", {}, "test").reference
    block = reference.fresh(np.random.default_rng(0), BLOCK)
    assert discrepancy(np.concatenate([block, block]), reference) == pytest.approx(discrepancy(block, reference))
