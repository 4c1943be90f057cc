"""KL(samples || truth) of a known density, against closed forms."""

import math

import numpy as np
import pytest
from scipy import stats

from ganlab.data import load
from ganlab.evaluation.spacings import divergence_by_spacings

COUNT = 10_000
TRUTHS = {
    "gaussian": {},
    "uniform": {},
    "lognormal": {},
    "student-t": {"df": 1},
    "gaussian-mixture": {"means": [-4, -2, 0, 2, 4], "stds": [0.1] * 5},
}


def divergence(samples, reference):
    return divergence_by_spacings(np.sort(samples), reference)


def standard(count=COUNT, seed=0):
    return np.random.default_rng(seed).normal(size=count)


@pytest.mark.parametrize(
    ("mean", "std"), [(0, 1.1), (1, 1), (10, 1), (60, 1), (0, 0.02), (0, 5), (1_000, 100)], ids=lambda value: f"{value}"
)
def test_normals_at_any_distance_have_their_closed_form(normal, mean, std):
    exact = (std**2 + mean**2 - 1) / 2 - math.log(std)
    found = np.mean([divergence(mean + std * standard(seed=seed), normal) for seed in range(20)])
    assert found == pytest.approx(exact, rel=0.01, abs=0.002)


@pytest.mark.parametrize(("mean", "std"), [(10, 1), (0, 5)], ids=lambda value: f"{value}")
def test_it_is_the_mean_of_the_exact_log_ratio_over_the_samples(normal, mean, std):
    samples = mean + std * standard()
    exact = (stats.norm.logpdf(samples, mean, std) - stats.norm.logpdf(samples)).mean()
    assert divergence(samples, normal) == pytest.approx(exact, abs=0.035)


@pytest.mark.parametrize(
    ("centre", "std", "reach", "share"),
    [
        *[(centre, std, centre, share) for centre, std in [(5, 0.5), (1, 0.05)] for share in (0.01, 0.05)],
        (2, 0.2, 1, 0.01),
        (2, 0.2, 0.2, 0.01),
    ],
)
def test_stray_samples_in_the_gap_between_two_modes_have_the_divergence_of_the_integral(centre, std, reach, share):
    reference = load("gaussian-mixture", {"means": [-centre, centre], "stds": [std] * 2}, "test").reference

    def log_ratio(x):
        return np.logaddexp(math.log1p(-share), math.log(share / (2 * reach)) - reference.log_pdf(x))

    x, rng = np.linspace(-reach, reach, 100_001), np.random.default_rng(0)
    both = (1 - share) * np.trapezoid(reference.pdf(x) * log_ratio(x), x) + share * log_ratio(x).mean()
    exact = both + (1 - share) * math.log1p(-share) * 2 * reference.cdf(np.array(-reach))

    def draw():
        samples = reference.fresh(rng, COUNT)
        stray = rng.random(COUNT) < share
        return np.where(stray, rng.uniform(-reach, reach, COUNT), samples)

    assert np.mean([divergence(draw(), reference) for _ in range(20)]) == pytest.approx(exact, rel=0.1)


def test_a_single_sample_between_two_modes_is_finite():
    reference = load("gaussian-mixture", {"means": [-5, 5], "stds": [0.1] * 2}, "test").reference
    samples = reference.fresh(np.random.default_rng(0), COUNT)
    assert divergence(np.append(samples, 0), reference) == pytest.approx(divergence(samples, reference), abs=0.01)


def test_samples_where_the_density_is_below_the_least_float_have_a_finite_divergence():
    reference = load("student-t", {"df": 1_000}, "test").reference
    samples = 80 + standard()
    exact = (stats.norm.logpdf(samples, 80) - stats.t.logpdf(samples, 1_000)).mean()
    assert exact == pytest.approx(1_001, abs=0.5)
    assert divergence(samples, reference) == pytest.approx(exact, abs=0.1)


def test_a_shifted_laplace_distribution_has_its_closed_form_however_far_it_is():
    reference = load("laplace", {}, "test").reference
    samples = np.random.default_rng(0).laplace(size=COUNT)
    for shift in (1.0, 2_000.0):
        assert divergence(samples + shift, reference) == pytest.approx(math.exp(-shift) + shift - 1, rel=0.04)


def test_dropped_modes_cost_the_logarithm_of_what_is_left():
    reference = load("gaussian-mixture", TRUTHS["gaussian-mixture"], "test").reference
    samples = reference.fresh(np.random.default_rng(0), COUNT)
    assert divergence(samples[abs(samples) < 3], reference) == pytest.approx(math.log(5 / 3), abs=0.005)


@pytest.mark.parametrize("name", TRUTHS)
@pytest.mark.parametrize(("count", "sd"), [(300, 0.015), (10_000, 0.0012)])
def test_true_samples_score_zero_on_average(name, count, sd):
    reference = load(name, TRUTHS[name], "test").reference
    rng = np.random.default_rng(0)
    found = [divergence(reference.fresh(rng, count), reference) for _ in range(25)]
    assert abs(np.mean(found)) < 4 * sd / math.sqrt(25)
    assert np.std(found) < 1.5 * sd


def test_true_normal_samples_score_zero_to_three_parts_in_ten_thousand(normal):
    found = [divergence(standard(seed=seed), normal) for seed in range(200)]
    assert abs(np.mean(found)) < 3e-4
    assert np.std(found) < 0.0015


def test_it_does_not_depend_on_the_units(density, normal):
    samples = standard() * 1.3 + 0.2
    assert divergence(100 + 7 * samples, density(stats.norm(100, 7))) == pytest.approx(divergence(samples, normal))


def test_an_atom_is_infinitely_far_from_a_density(normal):
    assert divergence(np.full(COUNT, 0.3), normal) == math.inf
    assert divergence(np.concatenate([standard(), np.full(100, 0.3)]), normal) == math.inf
    assert divergence(np.zeros(1), normal) == math.inf


def test_samples_that_meet_in_float32_are_no_atom(normal):
    rounded = standard().astype(np.float16).astype(np.float64)[:1_000]
    assert len(np.unique(rounded)) < 950
    assert divergence(rounded, normal) == pytest.approx(divergence(standard()[:1_000], normal), abs=0.002)


def test_a_sample_outside_the_support_is_infinitely_far():
    uniform = load("uniform", {}, "test").reference
    inside = np.random.default_rng(0).random(COUNT)
    assert divergence(np.append(inside, [0.0, 1.0]), uniform) < 0.01
    for outside in (-1e-6, 1 + 1e-6):
        assert divergence(np.append(inside, outside), uniform) == math.inf
    assert divergence(np.append(inside, -1e-6), load("lognormal", {}, "test").reference) == math.inf


def test_an_atom_at_the_end_of_the_support_is_infinitely_far_too():
    uniform = load("uniform", {}, "test").reference
    for end in (0.0, 1.0):
        samples = np.append(np.random.default_rng(0).random(COUNT), np.full(100, end))
        assert divergence(samples, uniform) == math.inf
