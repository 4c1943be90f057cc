import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial import distance

from ganlab.data.reference import HeldOut
from ganlab.evaluation.divergences import jensen_shannon, jensen_shannon_divergence, kullback_leibler

PROBABILITIES = arrays(np.float64, 6, elements=st.sampled_from([0.0, 0.1, 1.0, 3.0])).filter(np.any)


def divergences(samples, reference):
    samples = np.sort(samples)
    return kullback_leibler(samples, reference) | jensen_shannon(samples, reference)


def normals(mean, std):
    """KL(N(mean, std) || N(0, 1)) and the reverse."""
    to_standard = -math.log(std) + (std**2 + mean**2 - 1) / 2
    from_standard = math.log(std) + (1 + mean**2) / (2 * std**2) - 0.5
    return to_standard, from_standard


@pytest.mark.parametrize(("mean", "std"), [(0.5, 1.0), (0.0, 0.8), (-0.2, 1.2)])
def test_kl_between_normals_has_its_closed_form(normal, mean, std):
    samples = np.random.default_rng(0).normal(mean, std, 100_000)
    found = divergences(samples, normal)
    reverse, forward = normals(mean, std)
    assert found["kl_reverse"] == pytest.approx(reverse, rel=0.06)
    assert found["kl_forward"] == pytest.approx(forward, rel=0.06)


def test_normals_one_apart_have_their_closed_forms(normal):
    samples = np.random.default_rng(0).normal(1, 1, 100_000)
    found = divergences(samples, normal)
    assert found["kl_reverse"] == pytest.approx(0.5, rel=0.02)
    assert found["kl_forward"] == pytest.approx(0.5, rel=0.06)
    assert found["js"] == pytest.approx(0.11142, rel=0.02)


def test_js_between_normals_is_the_integral(normal):
    samples = np.random.default_rng(0).normal(0.5, 1, 100_000)
    x = np.linspace(-10, 10, 20_001)
    p, q = stats.norm.pdf(x), stats.norm.pdf(x, 0.5)
    exact = np.trapezoid(p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q)), x) / 2
    assert divergences(samples, normal)["js"] == pytest.approx(exact, rel=0.04)


def average(repeats, draw):
    rows = [draw() for _ in range(repeats)]
    return {name: np.mean([row[name] for row in rows]) for name in rows[0]}


def test_a_perfect_generator_scores_zero_on_average(normal):
    rng = np.random.default_rng(0)
    found = average(40, lambda: divergences(rng.normal(size=10_000), normal))
    # Uncorrected, the last two would be 0.0049 (without the half) and 0.0010.
    assert abs(found["kl_reverse"]) < 5e-4
    assert abs(found["kl_forward"]) < 6e-4
    assert abs(found["js"]) < 1.5e-4


@pytest.mark.parametrize(("count", "held"), [(10_000, 10_000), (10_000, 1_000), (1_000, 10_000)])
def test_held_out_values_of_any_number_leave_no_bias(count, held):
    rng = np.random.default_rng(0)

    def draw():
        values = np.sort(rng.normal(size=held))
        return divergences(rng.normal(size=count), HeldOut(held_out=values, training=values))

    found = average(40, draw)
    # Uncorrected, `kl_reverse` would be at least 0.008, `kl_forward` 0.0015 to 0.016, and `js` 0.002.
    scale = 10_000 / min(count, held)
    assert abs(found["kl_reverse"]) < 3e-4 * scale + 3e-4
    assert abs(found["kl_forward"]) < 3e-4 * scale + 3e-4
    assert abs(found["js"]) < 1e-4 * scale


def test_samples_far_from_the_truth_score_the_largest_values_that_bins_can_give(normal):
    n = 10_000
    found = divergences(np.full(n, 50.0), normal)
    fine, coarse = 80, 100
    point = np.eye(fine)[-1]
    values = normal.quantile((np.arange(n) + 0.5) / n)
    far = divergences(np.full(n, 50.0), HeldOut(held_out=values, training=values))
    assert far["kl_reverse"] == pytest.approx(math.log(fine) - (fine - 1) / (2 * n), rel=1e-3)
    in_use, empty = (n + 0.5) * coarse / n, 0.5 * coarse / n
    forward = -(math.log(in_use) + (coarse - 1) * math.log(empty)) / coarse
    assert found["kl_forward"] == pytest.approx(forward)
    assert found["js"] == pytest.approx(distance.jensenshannon(point, np.full(fine, 1 / fine)) ** 2)
    assert 0.65 < found["js"] < math.log(2)


def test_js_of_disjoint_supports_is_log_two():
    assert jensen_shannon_divergence(np.array([0.5, 0.5, 0]), np.array([0, 0, 1.0])) == math.log(2)


@given(p=PROBABILITIES, q=PROBABILITIES)
def test_js_is_symmetric_bounded_and_a_difference_of_entropies(p, q):
    p, q = p / p.sum(), q / q.sum()
    found = jensen_shannon_divergence(p, q)
    assert found == pytest.approx(jensen_shannon_divergence(q, p), abs=1e-12)
    assert -1e-12 <= found <= math.log(2) + 1e-12
    entropies = (stats.entropy(p) + stats.entropy(q)) / 2
    assert found == pytest.approx(stats.entropy((p + q) / 2) - entropies, abs=1e-12)


def test_divergences_do_not_depend_on_the_units(density, normal):
    samples = np.random.default_rng(0).normal(0.3, 0.7, 5_000)
    moved = divergences(100 + 7 * samples, density(stats.norm(100, 7)))
    assert moved == pytest.approx(divergences(samples, normal), abs=1e-9)


def test_repeated_held_out_values_share_a_bin():
    values = np.repeat([0.0, 1.0, 2.0], [60, 30, 10])
    reference = HeldOut(held_out=values, training=values)
    correction = 2 / (2 * 100)
    same = divergences(values, reference)
    assert same["kl_reverse"] == pytest.approx(-2 * correction)
    zeros = divergences(np.zeros(100), reference)
    assert zeros["kl_reverse"] == pytest.approx(math.log(1 / 0.6) - correction)


@given(values=st.lists(st.integers(0, 8), min_size=20, max_size=200), seed=st.integers(0, 9))
def test_a_jitter_far_below_the_gaps_between_held_out_values_changes_nothing(values, seed):
    values, rng = np.sort(np.array(values, float)), np.random.default_rng(seed)
    reference = HeldOut(held_out=values, training=values)
    samples = rng.choice(values, 100)
    jittered = samples + rng.normal(0, 1e-6, samples.size)
    assert divergences(jittered, reference) == divergences(samples, reference)


def test_held_out_values_that_are_all_equal_show_no_difference():
    values = np.zeros(50)
    found = divergences(np.linspace(-1, 1, 50), HeldOut(held_out=values, training=values))
    assert found["kl_reverse"] >= 0
    assert all(math.isfinite(value) for value in found.values())
