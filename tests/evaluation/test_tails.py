import numpy as np
import pytest
from scipy import stats

from ganlab.data.reference import HeldOut
from ganlab.evaluation.tails import tail_mass

QUANTILES = stats.norm.ppf((np.arange(10_000) + 0.5) / 10_000)


def missing(samples, reference):
    return tail_mass(np.sort(samples), reference)["tail_mass_missing"]


def test_a_perfect_generator_misses_nothing(normal):
    assert missing(QUANTILES, normal) == pytest.approx(0, abs=1e-9)


def test_a_generator_limited_to_one_misses_both_tails(normal):
    assert missing(QUANTILES.clip(-1, 1), normal) == 1


def test_half_of_the_tail_mass_is_half(normal):
    bulk = stats.norm.ppf(np.linspace(0.02, 0.98, 9_900))
    tails = np.concatenate([np.full(50, -5.0), np.full(50, 5.0)])
    assert missing(np.concatenate([bulk, tails]), normal) == pytest.approx(0.5)


def test_a_heavy_tail_does_not_make_up_for_a_missing_one(normal):
    assert missing(np.abs(QUANTILES), normal) == pytest.approx(0.5)


def test_tails_of_held_out_values_begin_at_their_quantiles():
    values = np.arange(1_000.0)
    reference = HeldOut(held_out=values, training=values)
    assert missing(values, reference) == 0
    assert missing(values[10:], reference) == pytest.approx(0.5, abs=0.01)


def test_a_jitter_far_below_the_gaps_between_held_out_values_changes_nothing():
    rng = np.random.default_rng(0)
    values = np.sort(rng.integers(0, 7, 1_000)).astype(float)
    reference = HeldOut(held_out=values, training=values)
    for sign in (1, -1):
        assert missing(values + sign * rng.random(1_000) * 1e-6, reference) == 0


def test_held_out_values_that_pile_up_at_an_end_make_that_the_tail():
    values = np.concatenate([np.zeros(300), np.arange(1.0, 701.0)])
    half_the_pile = values[150:]
    expected = pytest.approx((1 - (150 / 850) / 0.3) / 2)
    for sign in (1, -1):
        truth = np.sort(sign * values)
        reference = HeldOut(held_out=truth, training=truth)
        assert missing(truth, reference) == 0
        assert missing(sign * half_the_pile, reference) == expected
