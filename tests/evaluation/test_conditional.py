"""Distances within classes and bins, against scipy's within each."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from ganlab.data import load
from ganlab.evaluation import EVALUATORS, Subject, evaluators_for
from ganlab.evaluation.conditional import conditional_w1, true_pairs

MIXTURE = load("gaussian-mixture", {"weights": [1, 3], "means": [-2, 2], "stds": [1, 0.5]}, "test").reference
CONDITIONAL = frozenset({"samples", "labels"})


def test_it_is_the_mean_over_classes_of_scipys_distance_over_the_true_deviation():
    rng = np.random.default_rng(0)
    samples, truth = rng.normal(size=(300, 2)), rng.normal(1, 2, size=(400, 2))
    labels, true_labels = rng.integers(3, size=300), rng.integers(3, size=400)
    expected = np.mean(
        [
            stats.wasserstein_distance(samples[labels == group, column], truth[true_labels == group, column])
            / truth[:, column].std()
            for group in range(3)
            for column in range(2)
        ]
    )
    assert conditional_w1(samples, labels, truth, true_labels) == pytest.approx(expected)


def test_classes_that_are_exchanged_have_the_right_distribution_but_not_the_right_condition():
    truth = np.array([0.0, 0.0, 10.0, 10.0])[:, np.newaxis]
    classes = np.array([0, 0, 1, 1])
    assert conditional_w1(truth, classes, truth, classes) == 0
    assert conditional_w1(truth, 1 - classes, truth, classes) == pytest.approx(10 / truth.std())


def test_a_real_condition_that_is_ignored_costs_the_distance_of_each_bin_from_the_whole():
    rng = np.random.default_rng(0)
    condition = rng.uniform(size=(100_000, 1))
    # the truth is uniform on [b / 10, (b + 1) / 10] in bin b, the samples on [0, 1] in each: integrate |F - G|
    grid = (np.arange(20_000) + 0.5) / 20_000
    expected = np.mean([np.abs(grid - np.clip(10 * grid - b, 0, 1)).mean() for b in range(10)]) / np.sqrt(1 / 12)
    found = conditional_w1(rng.permutation(condition), condition, condition, condition)
    assert found == pytest.approx(expected, rel=0.02)
    assert conditional_w1(condition, condition, condition, condition) == 0


def test_without_a_class_in_common_there_is_no_score():
    with pytest.raises(ValueError, match="no class has both"):
        conditional_w1(np.zeros((2, 1)), np.array([0, 0]), np.zeros((2, 1)), np.array([1, 1]))


def test_the_classes_of_a_mixture_are_its_components():
    truth, classes = true_pairs(MIXTURE)
    assert [truth[classes == k].mean() for k in range(2)] == pytest.approx([-2, 2], abs=0.05)
    assert [truth[classes == k].std() for k in range(2)] == pytest.approx([1, 0.5], rel=0.05)
    assert (classes == 1).mean() == pytest.approx(0.75, abs=0.02)


def test_true_samples_score_the_floor_and_samples_of_the_wrong_class_far_more():
    evaluator = EVALUATORS["conditional-w1"]
    (floor,) = evaluator.floor(MIXTURE, 1_000).values()
    truth, classes = true_pairs(MIXTURE, seed=99, count=1_000)
    right = Subject(samples=torch.from_numpy(truth), labels=torch.from_numpy(classes))
    wrong = Subject(samples=right.samples, labels=1 - right.labels)
    assert evaluator.function(right, MIXTURE)["conditional_w1"] == pytest.approx(floor, rel=0.6)
    spread = math.sqrt(0.25 * 1 + 0.75 * 0.25 + 3)
    assert evaluator.function(wrong, MIXTURE)["conditional_w1"] == pytest.approx(4 / spread, rel=0.05)


def test_it_is_measured_of_conditional_runs_alone():
    assert "conditional-w1" in [one.name for one in evaluators_for(MIXTURE, CONDITIONAL)]
    assert "conditional-w1" not in [one.name for one in evaluators_for(MIXTURE)]
