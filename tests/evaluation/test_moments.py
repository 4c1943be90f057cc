import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from ganlab.data.reference import HeldOut
from ganlab.evaluation.moments import moment_errors


@given(arrays(np.float64, 20, elements=st.floats(-10, 10).map(lambda value: round(value, 2))).map(np.sort))
def test_errors_are_the_distances_from_scipys_moments(normal, samples):
    assume(samples[0] < samples[-1])
    expected = {
        "mean_error": abs(samples.mean()),
        "std_error": abs(samples.std() - 1),
        "skewness_error": abs(stats.skew(samples)),
        "kurtosis_error": abs(stats.kurtosis(samples)),
    }
    assert moment_errors(samples, normal) == pytest.approx(expected, abs=1e-9)


def test_a_uniform_generator_of_a_normal_has_closed_form_errors(normal):
    samples = np.linspace(0, 1, 100_001)
    expected = {
        "mean_error": 0.5,
        "std_error": 1 - math.sqrt(1 / 12),
        "skewness_error": 0,
        "kurtosis_error": 1.2,
    }
    assert moment_errors(samples, normal) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("degrees", "names"),
    [
        (1, []),
        (2, ["mean_error"]),
        (2.5, ["mean_error", "std_error"]),
        (3.5, ["mean_error", "std_error", "skewness_error"]),
        (4.5, ["mean_error", "std_error", "skewness_error", "kurtosis_error"]),
    ],
)
def test_moments_that_do_not_exist_are_left_out(density, degrees, names):
    assert list(moment_errors(np.arange(5.0), density(stats.t(degrees)))) == names


def test_constant_samples_have_no_shape_to_compare(normal):
    found = moment_errors(np.full(7, 0.1), normal)
    assert found == {
        "mean_error": 0.1,
        "std_error": 1.0,
        "skewness_error": math.inf,
        "kurtosis_error": math.inf,
    }


def test_held_out_values_are_compared_by_their_own_moments():
    values = np.sort(np.random.default_rng(0).exponential(size=50))
    found = moment_errors(3 + 2 * values, HeldOut(held_out=values, training=values))
    expected = {
        "mean_error": 3 + values.mean(),
        "std_error": values.std(),
        "skewness_error": 0,
        "kurtosis_error": 0,
    }
    assert found == pytest.approx(expected, abs=1e-9)
