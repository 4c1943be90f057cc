import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ganlab.data import DATA, Mode, load
from ganlab.errors import InputError


def mixture(weights, means, stds):
    return load("gaussian-mixture", {"weights": weights, "means": means, "stds": stds}, "test").reference


components = st.lists(
    st.tuples(st.floats(0.01, 10), st.floats(-1000, 1000), st.floats(0.01, 100)), min_size=1, max_size=6
)


@settings(deadline=None)
@given(components, st.lists(st.floats(1e-12, 1 - 1e-12), min_size=1, max_size=20))
def test_the_quantile_is_as_near_as_float64_allows(parts, p):
    known = mixture(*zip(*parts, strict=True))
    x = known.quantile(np.array(p))
    unavoidable = known.pdf(x) * np.spacing(np.abs(x))
    assert np.all(np.abs(known.cdf(x) - p) <= 1e-14 + 8 * unavoidable)


def test_both_tails_keep_their_digits():
    known = mixture([1, 1], [-1, 1], [1, 1])
    p = np.array([1e-300, 1e-100, 1e-10])
    x = known.quantile(p)
    half = (stats.norm.cdf(x, -1) + stats.norm.cdf(x, 1)) / 2
    np.testing.assert_allclose(half, p, rtol=1e-12)
    assert known.quantile(np.array([1 - 2.0**-50])) == pytest.approx(-known.quantile(np.array([2.0**-50])), rel=1e-14)


def test_the_ends_of_the_line_are_at_probability_zero_and_one():
    known = mixture([1, 2], [0, 5], [1, 0.1])
    assert known.quantile(np.array([0.0, 1.0])).tolist() == [-math.inf, math.inf]
    assert np.isnan(known.quantile(np.array([-0.1, 1.1, math.nan]))).all()
    assert known.cdf(np.array([-math.inf, math.inf])).tolist() == [0, 1]


def test_quantiles_jump_over_an_empty_gap_between_modes():
    known = mixture([1, 3], [-1e6, 1e6], [1, 1])
    below, inside, above = known.quantile(np.array([0.25 - 1e-9, 0.25, 0.25 + 1e-9]))
    assert below == pytest.approx(-1e6, abs=10)
    assert -1e6 < inside < 1e6
    assert above == pytest.approx(1e6, abs=10)


def test_one_component_is_the_normal_distribution():
    known = mixture([7], [4], [1.25])
    x, p = np.linspace(-3, 11, 50), np.linspace(0.001, 0.999, 50)
    np.testing.assert_allclose(known.pdf(x), stats.norm.pdf(x, 4, 1.25), rtol=1e-12)
    np.testing.assert_allclose(known.cdf(x), stats.norm.cdf(x, 4, 1.25), rtol=1e-12)
    far = np.linspace(-1_000, 1_000, 50)
    np.testing.assert_allclose(known.log_pdf(far), stats.norm.logpdf(far, 4, 1.25), rtol=1e-12)
    np.testing.assert_allclose(known.mass(x[:-1], x[1:]), np.diff(stats.norm.cdf(x, 4, 1.25)), atol=1e-15)
    np.testing.assert_allclose(known.quantile(p), stats.norm.ppf(p, 4, 1.25), rtol=1e-12)
    assert (known.mean, known.std, known.skewness, known.excess_kurtosis) == pytest.approx((4, 1.25, 0, 0))


def test_the_mass_keeps_its_digits_in_the_gap_between_two_modes():
    known = mixture([1, 3], [-10, 10], [1, 1])
    low, high = np.array([-1.0, 0.0]), np.array([0.0, 1.0])
    left, right = stats.norm.sf(low, -10) - stats.norm.sf(high, -10), np.diff(stats.norm.cdf([-1, 0, 1], 10))
    np.testing.assert_allclose(known.mass(low, high), left / 4 + 3 * right / 4, rtol=1e-12)
    assert (np.diff(known.cdf(np.array([-1, 0, 1]))) == 0).all()


def test_the_moments_of_two_symmetric_modes():
    # Modes at -a and a with standard deviation s: variance a^2 + s^2, fourth moment a^4 + 6 a^2 s^2 + 3 s^4.
    known = mixture([1, 1], [-2, 2], [0.5, 0.5])
    assert known.mean == 0
    assert known.std == pytest.approx(math.sqrt(4.25))
    assert known.skewness == 0
    assert known.excess_kurtosis == pytest.approx((16 + 6 + 3 / 16) / 4.25**2 - 3)


def test_weights_are_relative():
    assert mixture([1, 1, 2], [0, 1, 2], [1, 1, 3]).modes == (
        Mode(weight=0.25, mean=0, std=1),
        Mode(weight=0.25, mean=1, std=1),
        Mode(weight=0.5, mean=2, std=3),
    )


def test_without_weights_all_are_equal():
    options = {"means": [0, 1, 5], "stds": [1, 1, 3]}
    equal = load("gaussian-mixture", {**options, "weights": [1, 1, 1]}, "test")
    found = load("gaussian-mixture", options, "test")
    assert [mode.weight for mode in found.reference.modes] == [1 / 3] * 3
    assert found.reference.modes == equal.reference.modes
    spelled = DATA["gaussian-mixture"].options(**options).model_dump(mode="json")
    assert spelled == {**options, "weights": [1, 1, 1], "training_samples": None}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"weights": [1, 1], "means": [0], "stds": [1, 1]},
            "test: weights, means and stds have 2, 1 and 2 entries; each needs one for every component",
        ),
        (
            {"weights": [1, 0], "means": [0, 1], "stds": [1, 1]},
            "test: 'weights.1' is 0: input should be greater than 0",
        ),
        (
            {"weights": [1], "means": [0], "stds": [-1]},
            "test: 'stds.0' is -1: input should be greater than 0",
        ),
        (
            {"means": [], "stds": []},
            "test: 'means' is []; it must be a list of at least 1",
        ),
        (
            {"means": [0, 1]},
            "test: the key 'stds' is missing; give one standard deviation for each of the means, such as "
            "{means: [-2, 2], stds: [0.5, 0.5]}",
        ),
        ({"stds": [0, 1]}, "test: the key 'means' is missing"),
        (
            {"means": [0, 1], "stds": [1]},
            "test: weights, means and stds have 2, 2 and 1 entries; each needs one for every component",
        ),
    ],
)
def test_a_wrong_component_is_named(options, message):
    with pytest.raises(InputError) as error:
        load("gaussian-mixture", options, "test")
    assert str(error.value) == message
