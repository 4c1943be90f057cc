import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from ganlab.data.reference import HeldOut
from ganlab.evaluation.distances import kolmogorov_smirnov, wasserstein_distance

LEVELS = (np.arange(10_000) + 0.5) / 10_000
VALUES = st.floats(-100, 100).map(lambda value: round(value, 1))
VECTORS = arrays(np.float64, st.integers(1, 30), elements=VALUES).map(np.sort)


def w1(samples, reference):
    return wasserstein_distance(samples, reference)["w1"]


def ks(samples, reference):
    return kolmogorov_smirnov(samples, reference)["ks"]


def held_out(values):
    return HeldOut(held_out=values, training=values)


@pytest.mark.parametrize("shift", [-2.0, 0.0, 0.3])
def test_w1_between_shifted_normals_is_the_shift(normal, shift):
    assert w1(stats.norm.ppf(LEVELS) + shift, normal) == pytest.approx(abs(shift), abs=1e-12)


def test_w1_between_normals_of_two_widths_is_the_difference_times_the_mean_of_abs_z(normal):
    assert w1(1.5 * stats.norm.ppf(LEVELS), normal) == pytest.approx(0.5 * math.sqrt(2 / math.pi), abs=1e-4)


def test_w1_is_close_to_the_area_between_the_distribution_functions(normal):
    samples = np.sort(np.random.default_rng(0).normal(0.1, 1.1, 1_000))
    x = np.linspace(-8, 8, 1_600_001)
    steps = np.searchsorted(samples, x, side="right") / samples.size
    area = np.abs(steps - stats.norm.cdf(x)).sum() * (x[1] - x[0])
    assert w1(samples, normal) == pytest.approx(area, abs=3e-4)


def test_a_generator_limited_to_one_cannot_beat_the_floors_of_a_normal(normal):
    best = stats.norm.ppf(LEVELS).clip(-1, 1)
    floor = 2 * (stats.norm.pdf(1) - stats.norm.sf(1))
    assert floor == pytest.approx(0.1666, abs=1e-4)
    assert w1(best, normal) == pytest.approx(floor, abs=1e-4)
    assert ks(best, normal) == pytest.approx(stats.norm.sf(1), abs=1e-4)


@given(samples=arrays(np.float64, 200, elements=st.floats(-1, 1)).map(np.sort))
def test_no_sample_within_one_is_below_those_floors(normal, samples):
    assert w1(samples, normal) > 0.1666 - 0.002
    assert ks(samples, normal) >= stats.norm.sf(1)


def test_true_quantiles_are_computed_once_for_each_number_of_samples(normal):
    asked = []

    def quantile(levels):
        asked.append(levels.size)
        return normal.quantile(levels)

    reference = replace(normal, quantile=quantile)
    for count in (5, 5, 7, 5, 7):
        w1(np.linspace(-1, 1, count), reference)
    assert asked == [5, 7]


@given(a=arrays(np.float64, st.integers(1, 8), elements=VALUES), b=arrays(np.float64, 5, elements=VALUES))
def test_w1_of_two_samples_is_the_cost_of_the_best_transport_plan(a, b):
    plan = stats.wasserstein_distance_nd(a[:, None], b[:, None])
    assert w1(np.sort(a), held_out(np.sort(b))) == pytest.approx(plan, abs=1e-9)


@given(samples=VECTORS, values=VECTORS, shift=st.floats(-50, 50), scale=st.floats(0.1, 10))
def test_w1_moves_and_scales_with_the_data(density, samples, values, shift, scale):
    expected = pytest.approx(scale * w1(samples, held_out(values)), abs=1e-9)
    assert w1(shift + scale * samples, held_out(shift + scale * values)) == expected
    moved = density(stats.norm(shift, scale))
    expected = pytest.approx(scale * w1(samples, density(stats.norm())), abs=1e-9)
    assert w1(shift + scale * samples, moved) == expected


@given(samples=VECTORS, values=VECTORS)
def test_distances_of_two_samples_are_symmetric_and_zero_only_for_equal_ones(samples, values):
    for distance in (w1, ks):
        there, back = distance(samples, held_out(values)), distance(values, held_out(samples))
        assert there == pytest.approx(back, abs=1e-12)
        assert distance(samples, held_out(samples)) == 0
        same = np.array_equal(np.repeat(samples, values.size), np.repeat(values, samples.size))
        assert (there > 1e-12) == (not same)


@given(samples=VECTORS)
def test_ks_against_a_density_is_scipys(density, samples):
    expected = stats.ks_1samp(samples, stats.norm(3, 20).cdf, method="asymp").statistic
    assert ks(samples, density(stats.norm(3, 20))) == pytest.approx(expected, abs=1e-12)


@given(samples=VECTORS, values=VECTORS)
def test_ks_of_two_samples_is_scipys(samples, values):
    expected = stats.ks_2samp(samples, values).statistic
    assert ks(samples, held_out(values)) == pytest.approx(expected, abs=1e-12)
