import math

import numpy as np
import pytest

from ganlab.evaluation.modes import mode_coverage

ALL = {"high_quality": 1, "mode_kl": 0, "mode_kl_near": 0}
CENTRES = [-4.0, -2.0, 0.0, 2.0, 4.0]
PERFECT = math.erf(3 / math.sqrt(2))


@pytest.fixture(scope="module")
def comb(mixture):
    return mixture([0.2] * 5, CENTRES, [0.1] * 5)


def test_points_on_all_centres_cover_all_modes(comb):
    found = mode_coverage(np.repeat(CENTRES, 100), comb)
    assert found == pytest.approx(ALL | {"modes_covered": 5, "modes_any": 5}, abs=1e-12)


def test_modes_may_be_given_in_any_order(mixture):
    shuffled = mixture([0.2, 0.5, 0.3], [2.0, -2.0, 0.0], [0.1, 0.1, 0.1])
    found = mode_coverage(np.repeat([-2.0, 0.0, 2.0], [50, 30, 20]), shuffled)
    assert found == pytest.approx(ALL | {"modes_covered": 3, "modes_any": 3}, abs=1e-12)


def test_a_dropped_mode_is_missed(comb):
    found = mode_coverage(np.repeat(CENTRES[1:], 100), comb)
    divergence = math.log(5 / 4)
    assert found == pytest.approx(
        {"modes_covered": 4, "high_quality": 1, "mode_kl": divergence, "modes_any": 4, "mode_kl_near": divergence}
    )


def test_uniform_noise_covers_nothing_but_has_a_sample_near_every_mode(comb):
    found = mode_coverage(np.linspace(-30, 30, 6_001), comb)
    assert found["modes_covered"] == 0
    assert found["modes_any"] == 5
    assert found["high_quality"] == pytest.approx(5 * 6 * 0.1 / 60, rel=0.05)


def test_a_perfect_generator_has_the_mass_of_three_standard_deviations(comb):
    samples = np.sort(comb.fresh(np.random.default_rng(0), 100_000))
    found = mode_coverage(samples, comb)
    assert found["modes_covered"] == 5
    assert found["high_quality"] == pytest.approx(PERFECT, abs=5e-4)
    assert 0 <= found["mode_kl"] < 5 * 4 / (2 * 100_000)


@pytest.mark.parametrize(("share", "covered"), [(0.25, 2), (0.15, 1)])
def test_a_mode_needs_a_fifth_of_its_own_weight(mixture, share, covered):
    rare = mixture([0.9, 0.1], [0.0, 10.0], [1.0, 1.0])
    there = round(10_000 * 0.1 * share)
    samples = np.concatenate([np.zeros(10_000 - there), np.full(there, 10.0)])
    assert mode_coverage(samples, rare)["modes_covered"] == covered


def test_modes_that_overlap_do_not_count_against_a_perfect_generator(mixture):
    overlapping = mixture([0.5, 0.3, 0.2], [1.0, 0.0, 2.5], [0.7, 0.4, 1.5])
    samples = np.sort(overlapping.fresh(np.random.default_rng(0), 20_000))
    found = mode_coverage(samples, overlapping)
    assert found["modes_covered"] == 3
    assert found["mode_kl"] < 1e-3
    assert found["mode_kl_near"] < 1e-3
    near = overlapping.cdf(np.array(2.5 + 4.5)) - overlapping.cdf(np.array(2.5 - 4.5))  # the widest mode's reach
    assert found["high_quality"] == pytest.approx(near, abs=5e-4)


def test_a_perfect_generator_of_coincident_modes_is_near_the_wider_of_them(mixture):
    nested = mixture([0.5, 0.25, 0.25], [0.0, 0.0, 9.0], [1.0, 0.1, 1.0])
    samples = np.sort(nested.fresh(np.random.default_rng(0), 100_000))
    found = mode_coverage(samples, nested)
    assert found["modes_covered"] == found["modes_any"] == 2
    assert found["high_quality"] == pytest.approx(0.75 * PERFECT + 0.25, abs=5e-4)
    assert found["mode_kl"] < 1e-4


def test_a_sample_belongs_to_the_nearest_mode_though_it_is_near_a_wider_one(mixture):
    reference = mixture([0.5, 0.5], [0.0, 1.0], [0.1, 10.0])
    found = mode_coverage(np.full(10, 0.45), reference)
    assert found["modes_any"] == 0
    assert found["high_quality"] == 1
    assert found["mode_kl"] > 0


def test_the_divergence_over_near_samples_leaves_all_others_out(mixture):
    two = mixture([0.75, 0.25], [0.0, 10.0], [1.0, 1.0])
    found = mode_coverage(np.repeat([0.0, 4.9, 10.0], [50, 100, 50]), two)
    assert found["mode_kl_near"] == pytest.approx((math.log(0.5 / 0.75) + math.log(0.5 / 0.25)) / 2, abs=1e-6)
    assert found["mode_kl"] == pytest.approx(0, abs=1e-6)


def test_without_a_near_sample_the_divergence_over_near_samples_is_infinite(comb):
    found = mode_coverage(np.full(10, 1.0), comb)
    assert found["mode_kl_near"] == math.inf
    assert found["modes_any"] == found["high_quality"] == 0


def test_a_single_mode_is_a_mixture_too(mixture):
    found = mode_coverage(np.linspace(-1, 1, 9), mixture([1.0], [0.0], [1.0]))
    assert found == ALL | {"modes_covered": 1, "modes_any": 1}


def test_a_density_without_modes_is_refused(normal):
    with pytest.raises(ValueError, match="no modes"):
        mode_coverage(np.zeros(3), normal)
