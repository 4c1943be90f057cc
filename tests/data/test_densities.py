import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from ganlab.data import KnownDensity, load
from ganlab.errors import InputError

DENSITIES = [
    ("gaussian", {}),
    ("gaussian", {"mean": 4, "std": 1.25}),
    ("uniform", {"low": -2, "high": 3}),
    ("laplace", {"loc": 1, "scale": 2}),
    ("student-t", {"df": 1}),
    ("student-t", {"df": 2.5, "loc": -1, "scale": 3}),
    ("student-t", {"df": 5}),
    ("lognormal", {"mu": 0.5, "sigma": 0.75}),
    ("gaussian-mixture", {"weights": [1, 3], "means": [-2, 1], "stds": [0.5, 1]}),
    ("gaussian-mixture", {"weights": [0.2, 0.3, 0.5], "means": [-40, 0, 40], "stds": [0.1, 1, 3]}),
]
every_density = pytest.mark.parametrize(("name", "options"), DENSITIES)


def reference(name, options):
    known = load(name, options, "test").reference
    assert isinstance(known, KnownDensity)
    return known


def draws(name, options, count, seed=0):
    return load(name, options, "test").draw(torch.Generator().manual_seed(seed), count)


@every_density
def test_draws_follow_the_cdf(name, options):
    values = draws(name, options, 200_000)[:, 0].double().numpy()
    assert stats.kstest(values, reference(name, options).cdf).pvalue > 1e-4


@every_density
def test_a_draw_is_a_float32_column_fixed_by_the_seed(name, options):
    values = draws(name, options, 1000)
    assert values.shape == (1000, 1)
    assert values.dtype == torch.float32
    assert torch.equal(values, draws(name, options, 1000))
    assert not torch.equal(values, draws(name, options, 1000, seed=1))


@every_density
def test_a_draw_leaves_the_global_stream_alone(name, options):
    before = torch.get_rng_state()
    draws(name, options, 100)
    assert torch.equal(torch.get_rng_state(), before)


@every_density
@settings(deadline=None)
@given(p=st.floats(1e-6, 1 - 1e-6))
def test_the_quantile_inverts_the_cdf(name, options, p):
    known = reference(name, options)
    assert known.cdf(known.quantile(np.array([p])))[0] == pytest.approx(p, rel=1e-9)


@every_density
def test_the_functions_keep_the_shape_of_their_argument(name, options):
    known = reference(name, options)
    p = np.linspace(0.1, 0.9, 6).reshape(2, 3)
    for function in (known.log_pdf, known.pdf, known.cdf, known.quantile):
        assert np.shape(function(p)) == (2, 3)
        assert np.shape(function(np.array(0.3))) == ()
        assert np.shape(function(np.empty(0))) == (0,)


@every_density
def test_the_mass_between_two_values_is_the_difference_of_the_cdf(name, options):
    known = reference(name, options)
    p = np.array([1e-6, 0.01, 0.4, 0.5, 0.7, 0.99])
    x = known.quantile(p)
    assert known.mass(x[:-1], x[1:]) == pytest.approx(np.diff(p), rel=1e-6)


@pytest.mark.parametrize(("name", "distribution"), [("gaussian", stats.norm()), ("laplace", stats.laplace())])
def test_the_mass_keeps_its_digits_in_both_tails(name, distribution):
    known = reference(name, {})
    exact = distribution.cdf(-30) - distribution.cdf(-31)
    assert known.mass(np.array([-31.0, 30.0]), np.array([-30.0, 31.0])) == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "options", "exact"),
    [
        ("gaussian", {}, -(1_000**2) / 2 - math.log(2 * math.pi) / 2),
        ("laplace", {}, -1_000 - math.log(2)),
        ("gaussian-mixture", {"means": [-1, 1], "stds": [1, 1]}, stats.norm.logpdf(999) - math.log(2)),
        ("student-t", {"df": 1_000}, stats.t.logpdf(1_000, 1_000)),
        ("uniform", {}, -math.inf),
        ("lognormal", {"sigma": 0.1}, stats.norm.logpdf(math.log(1_000), scale=0.1) - math.log(1_000)),
    ],
)
def test_the_logarithm_of_the_density_is_finite_wherever_the_density_is_not_zero(name, options, exact):
    assert reference(name, options).log_pdf(np.array(1_000.0)) == pytest.approx(exact)


@every_density
def test_the_density_integrates_to_the_cdf(name, options):
    known = reference(name, options)
    for low, high in [(0.01, 0.2), (0.2, 0.6), (0.6, 0.99)]:
        a, b = known.quantile(np.array([low, high]))
        assert integrate.quad(known.pdf, a, b, limit=200)[0] == pytest.approx(high - low, abs=1e-7)


@pytest.mark.parametrize(("name", "options"), [d for d in DENSITIES if d[1].get("df", 5) > 4])
def test_the_moments_are_those_of_the_density(name, options):
    known = reference(name, options)

    def expectation(function):
        # Between extreme quantiles in steps of probability, so that no mode is missed.
        edges = known.quantile(np.array([1e-15, 1e-9, 1e-4, *np.linspace(0.02, 0.98, 25), 1 - 1e-4, 1 - 1e-9]))
        edges = [*edges, *(known.mean + known.std * np.array([50, 500, 50_000]))]
        pieces = zip(sorted(edges)[:-1], sorted(edges)[1:], strict=True)
        return sum(integrate.quad(lambda x: function(x) * known.pdf(x), a, b)[0] for a, b in pieces)

    assert expectation(lambda x: x) == pytest.approx(known.mean, rel=1e-6, abs=1e-6)
    assert math.sqrt(expectation(lambda x: (x - known.mean) ** 2)) == pytest.approx(known.std, rel=1e-6)
    assert expectation(lambda x: ((x - known.mean) / known.std) ** 3) == pytest.approx(
        known.skewness, rel=1e-4, abs=1e-4
    )


def test_closed_forms():
    gaussian = reference("gaussian", {"mean": 4, "std": 2})
    assert gaussian.pdf(np.array(4.0)) == pytest.approx(1 / (2 * math.sqrt(2 * math.pi)))
    assert (gaussian.mean, gaussian.std, gaussian.skewness, gaussian.excess_kurtosis) == (4, 2, 0, 0)

    uniform = reference("uniform", {"low": -2, "high": 4})
    assert uniform.pdf(np.array(0.0)) == pytest.approx(1 / 6)
    assert uniform.std == pytest.approx(6 / math.sqrt(12))
    assert uniform.excess_kurtosis == pytest.approx(-6 / 5)

    laplace = reference("laplace", {"loc": 1, "scale": 2})
    assert laplace.pdf(np.array(1.0)) == pytest.approx(1 / 4)
    assert laplace.std == pytest.approx(2 * math.sqrt(2))
    assert laplace.excess_kurtosis == pytest.approx(3)

    student = reference("student-t", {"df": 5, "scale": 3})
    assert student.std == pytest.approx(3 * math.sqrt(5 / 3))
    assert student.excess_kurtosis == pytest.approx(6)

    lognormal = reference("lognormal", {"mu": 0.5, "sigma": 0.75})
    assert lognormal.quantile(np.array(0.5)) == pytest.approx(math.exp(0.5))
    assert lognormal.mean == pytest.approx(math.exp(0.5 + 0.75**2 / 2))
    assert lognormal.std == pytest.approx(lognormal.mean * math.sqrt(math.expm1(0.75**2)))


def test_moments_that_do_not_exist_are_nan_or_infinite():
    cauchy = reference("student-t", {"df": 1})
    assert math.isnan(cauchy.mean)
    assert math.isnan(cauchy.std)
    heavy = reference("student-t", {"df": 1.5, "loc": 2})
    assert heavy.mean == 2
    assert heavy.std == math.inf
    assert math.isnan(heavy.excess_kurtosis)


@pytest.mark.parametrize(("name", "options"), [("laplace", {}), ("student-t", {"df": 1})])
def test_draws_stay_finite_where_the_uniform_is_zero(name, options):
    count, seed = 1_000_000, 12
    assert torch.empty(count).uniform_(generator=torch.Generator().manual_seed(seed)).min() == 0
    assert draws(name, options, count, seed).isfinite().all()


def test_the_widest_lognormal_stays_finite():
    assert draws("lognormal", {"mu": 20, "sigma": 10}, 1_000_000).isfinite().all()


def test_networks_see_a_density_in_its_own_units():
    data = load("gaussian", {"mean": 4}, "test")
    samples = torch.tensor([[3.0], [5.0]])
    assert torch.equal(data.to_data_units(samples), samples)
    assert data.sample_shape == (1,)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("gaussian", {"std": 0}, "test: 'std' is 0: input should be greater than 0"),
        ("gaussian", {"mean": math.nan}, "test: 'mean' is nan: input should be a finite number"),
        ("gaussian", {"sd": 1}, "test: unknown key 'sd'; did you mean 'std'?"),
        ("uniform", {"low": 2, "high": 1}, "test: low is 2.0 and high is 1.0; low must be below high"),
        ("laplace", {"scale": -1}, "test: 'scale' is -1: input should be greater than 0"),
        ("student-t", {}, "test: the key 'df' is missing"),
        ("student-t", {"df": 0.5}, "test: 'df' is 0.5: input should be greater than or equal to 1"),
        ("lognormal", {"sigma": 11}, "test: 'sigma' is 11: input should be less than or equal to 10"),
    ],
)
def test_a_wrong_option_is_named(name, options, message):
    with pytest.raises(InputError) as error:
        load(name, options, "test")
    assert str(error.value) == message


@every_density
def test_a_density_may_be_learnt_from_a_fixed_set_of_its_values(name, options):
    values = draws(name, {**options, "training_samples": 20}, 1_000)
    assert len(torch.unique(values)) == 20
    assert len(torch.unique(draws(name, options, 1_000))) > 900
    points = np.linspace(-3, 3, 7)
    fixed, fresh = (reference(name, given) for given in ({**options, "training_samples": 20}, options))
    np.testing.assert_array_equal(fixed.cdf(points), fresh.cdf(points))
