"""Metrics in the plane, against the closed forms of round normal modes."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from ganlab.data import load
from ganlab.evaluation import Subject, evaluation_on, picture_of
from ganlab.evaluation.distances import sliced_wasserstein
from ganlab.evaluation.modes import mode_coverage

PERFECT = 1 - math.exp(-9 / 2)


@pytest.fixture(scope="module", params=["ring", "grid"])
def truth(request):
    return load(request.param, {}, "test").reference


def test_a_perfect_generator_is_near_a_mode_as_often_as_rayleighs_distribution_says(truth):
    found = mode_coverage(truth.fresh(np.random.default_rng(0), 100_000), truth)
    assert found["modes_covered"] == len(truth.centres)
    assert found["high_quality"] == pytest.approx(PERFECT, abs=0.002)
    for name in ("mode_kl", "mode_kl_near"):
        assert found[name] == pytest.approx((len(truth.centres) - 1) / 200_000, rel=1)


def test_uniform_noise_covers_nothing_but_most_modes_by_the_papers_rule(truth):
    reach = abs(truth.centres).max()
    noise = np.random.default_rng(0).uniform(-reach, reach, (2_500, 2))
    found = mode_coverage(noise, truth)
    assert found["modes_covered"] <= 1
    assert found["modes_any"] >= 0.6 * len(truth.centres)
    # All noise spreads nearly evenly over the modes; of the few near samples, the modes have few and unequal counts.
    assert found["mode_kl_near"] > 4 * found["mode_kl"]


def test_the_papers_metrics_count_by_hand(truth):
    modes = len(truth.centres)
    near = np.concatenate([truth.centres[[0]], truth.centres[[1, 1, 1]] + 2.9 * truth.std * np.array([0.0, 1.0])])
    far = np.repeat(truth.centres[[2]] + 3.1 * truth.std * np.array([0.0, 1.0]), 20, axis=0)
    found = mode_coverage(np.concatenate([near, far]), truth)
    assert found["modes_any"] == 2
    assert found["mode_kl_near"] == pytest.approx(math.log(modes) + 0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert found["high_quality"] == pytest.approx(4 / 24)
    assert mode_coverage(far, truth)["mode_kl_near"] == math.inf


def test_a_dropped_mode_is_missed_and_costs_its_share(truth):
    points = np.repeat(truth.centres[1:], 100, axis=0)
    found = mode_coverage(points, truth)
    modes = len(truth.centres)
    divergence = math.log(modes / (modes - 1))
    assert found == pytest.approx(
        {
            "modes_covered": modes - 1,
            "high_quality": 1,
            "mode_kl": divergence,
            "modes_any": modes - 1,
            "mode_kl_near": divergence,
        }
    )


def test_a_shift_is_seen_by_sliced_w1_as_its_mean_projection(truth):
    points = truth.fresh(np.random.default_rng(0), 20_000)
    shift = 30.0
    # the mean of |cos| over directions is 2 / pi
    moved = sliced_wasserstein(points + np.array([shift, 0.0]), truth)["sliced_w1"]
    assert moved == pytest.approx(2 / math.pi * shift, rel=0.01)


def test_sliced_w1_agrees_with_scipys_distance_to_a_large_true_sample(truth):
    rng = np.random.default_rng(0)
    points, true = truth.fresh(rng, 2_000) * 1.5, truth.fresh(rng, 100_000)
    angles = np.pi * np.arange(32) / 32
    directions = np.stack([np.cos(angles), np.sin(angles)])
    sampled = np.mean([stats.wasserstein_distance(points @ d, true @ d) for d in directions.T])
    assert sliced_wasserstein(points, truth)["sliced_w1"] == pytest.approx(sampled, rel=0.02)


def test_the_floors_are_those_of_fresh_points(truth):
    evaluation = evaluation_on(truth, 2_500, torch.device("cpu"))
    floors = evaluation.floors()
    of_modes = ["modes_covered", "high_quality", "mode_kl", "modes_any", "mode_kl_near"]
    assert list(evaluation.metrics) == list(floors) == ["sliced_w1", "energy_distance", "mmd", *of_modes]
    assert floors["high_quality"] == pytest.approx(PERFECT, abs=0.002)
    assert floors["mode_kl"] == pytest.approx((len(truth.centres) - 1) / 5_000, rel=0.3)
    assert floors["modes_any"] == len(truth.centres)
    assert floors["mode_kl_near"] == pytest.approx((len(truth.centres) - 1) / (5_000 * PERFECT), rel=0.3)


def test_a_picture_keeps_the_points_and_the_centres(truth):
    points = torch.zeros(3_000, 2)
    kept = picture_of(Subject(samples=points), truth)
    assert kept["points"].shape == (2_500, 2)
    assert kept["centres"].shape == truth.centres.shape
