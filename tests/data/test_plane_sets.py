"""The sets in the plane against their definitions and scikit-learn's generators."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn import datasets

from ganlab.data import load

NAMES = ["spiral", "two-moons", "checkerboard", "pinwheel", "swiss-roll"]
COUNT = 20_000


def points(name, count=COUNT, seed=0, **options):
    data = load(name, options, "test")
    drawn = data.labelled().draw(torch.Generator().manual_seed(seed), count)
    samples, labels = data.labelled().transform(drawn, ())
    return samples.double().numpy(), None if labels is None else labels.numpy()


def same_distribution(found, true):
    """Two-sample Kolmogorov-Smirnov tests of both coordinates, and of the distance from the origin."""
    pairs = [(found[:, 0], true[:, 0]), (found[:, 1], true[:, 1])]
    pairs.append((np.linalg.norm(found, axis=1), np.linalg.norm(true, axis=1)))
    return min(stats.ks_2samp(*pair).pvalue for pair in pairs) > 0.001


@pytest.mark.parametrize("name", NAMES)
def test_draws_depend_on_the_generator_alone_and_stay_on_the_page(name):
    found, _ = points(name)
    assert np.array_equal(found, points(name)[0])
    assert not np.array_equal(found, points(name, seed=1)[0])
    assert np.abs(found).max() < 6


@pytest.mark.parametrize("name", NAMES)
def test_the_reference_draws_from_what_is_learnt(name):
    reference = load(name, {}, "test").reference
    assert same_distribution(points(name)[0], reference.fresh(np.random.default_rng(3), COUNT))
    assert same_distribution(points(name)[0], reference.held_out)
    assert not np.array_equal(reference.held_out, reference.training)


def test_the_moons_are_scikit_learns():
    true, true_labels = datasets.make_moons(COUNT, noise=0.2, random_state=0)
    found, labels = points("two-moons", std=0.2)
    for moon in (0, 1):
        assert same_distribution(found[labels == moon], true[true_labels == moon])


def test_the_roll_is_that_of_scikit_learn_scaled():
    true, _ = datasets.make_swiss_roll(COUNT, noise=0.0, random_state=0)
    assert same_distribution(points("swiss-roll", std=0, scale=0.5)[0], true[:, [0, 2]] / 2)


def test_a_spiral_without_blur_is_archimedes_and_evenly_filled():
    found, arm = points("spiral", arms=3, turns=0.5, radius=2.0, std=0)
    radius = np.linalg.norm(found, axis=1)
    angle = np.arctan2(found[:, 1], found[:, 0]) - 2 * math.pi / 3 * arm
    np.testing.assert_allclose(np.mod(angle, 2 * math.pi), radius / 2 * math.pi, atol=1e-4)
    assert stats.kstest((radius / 2) ** 2, stats.uniform.cdf).pvalue > 0.001
    assert stats.chisquare(np.bincount(arm)).pvalue > 0.001


def test_every_other_square_of_the_board_is_uniformly_filled():
    found, labels = points("checkerboard", side=3, square=2.0)
    assert labels is None
    square = np.floor((found + 3) / 2).astype(int)
    assert (square.sum(axis=1) % 2 == 0).all()
    assert stats.chisquare(np.unique(square, axis=0, return_counts=True)[1]).pvalue > 0.001
    assert stats.kstest(np.mod((found[:, 0] + 3) / 2, 1), stats.uniform.cdf).pvalue > 0.001


def test_an_arm_of_the_pinwheel_is_normal_where_it_is_turned_back():
    found, arm = points("pinwheel", arms=4, radial_std=0.2, tangential_std=0.05, rate=0.0, scale=3.0)
    angle = 2 * math.pi / 4 * arm
    along = (found[:, 0] * np.cos(angle) - found[:, 1] * np.sin(angle)) / 3
    across = (found[:, 0] * np.sin(angle) + found[:, 1] * np.cos(angle)) / 3
    assert stats.kstest(along, stats.norm(1, 0.2).cdf).pvalue > 0.001
    assert stats.kstest(across, stats.norm(0, 0.05).cdf).pvalue > 0.001


def test_the_pinwheel_turns_further_the_further_out():
    found, _ = points("pinwheel", arms=1, radial_std=0.1, tangential_std=1e-6, rate=0.25, scale=1.0)
    radius = np.linalg.norm(found, axis=1)
    turned = np.mod(-np.arctan2(found[:, 1], found[:, 0]), 2 * math.pi)
    np.testing.assert_allclose(turned, np.mod(0.25 * np.exp(radius), 2 * math.pi), atol=1e-3)


def test_a_fixed_training_set_is_the_same_for_all_seeds():
    one, other = (np.unique(points("spiral", 2_000, seed, training_samples=50)[0], axis=0) for seed in (0, 1))
    assert np.array_equal(one, other)
    assert len(one) == 50
