import numpy as np
import pytest
import torch
from scipy import stats

from ganlab.data import load
from ganlab.data.reference import HeldOut


@pytest.fixture
def normal():
    return load("gaussian", {}, "test").reference


def histogram(samples, reference):
    return reference.pictured(torch.from_numpy(samples)[:, None])


def test_the_true_density_stands_beside_the_counts(normal):
    samples = np.sort(np.random.default_rng(0).normal(size=1_000))
    found = histogram(samples, normal)
    edges, centres = found["edges"], (found["edges"][1:] + found["edges"][:-1]) / 2
    assert found["density"] == pytest.approx(stats.norm.pdf(centres))
    assert np.array_equal(found["counts"][1:-1], np.histogram(samples, edges)[0][1:-1])


def test_every_sample_is_counted_and_outliers_at_the_ends(normal):
    counts = histogram(np.array([-1e9, 0.0, 1e9, 2e9]), normal)["counts"]
    assert (counts[0], counts[-1], counts.sum()) == (1, 2, 4)


def test_all_histograms_of_a_data_set_have_the_same_bins(normal):
    a, b = (histogram(samples, normal)["edges"] for samples in (np.zeros(3), np.linspace(-9, 9, 50)))
    assert np.array_equal(a, b)
    assert a[0] < stats.norm.ppf(0.005) < stats.norm.ppf(0.995) < a[-1]


@pytest.mark.parametrize("values", [np.linspace(0, 1, 100), np.full(100, 7.0)])
def test_held_out_values_give_a_density_that_integrates_to_one(values):
    found = histogram(np.zeros(3), HeldOut(held_out=values, training=values))
    assert (found["density"] * np.diff(found["edges"])).sum() == pytest.approx(1)
