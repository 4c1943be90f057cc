"""The classifier two-sample test: what a perfect and a hopeless classifier get, and what the best one can."""

import math

import numpy as np
import pytest
from scipy import stats

from ganlab.data import load
from ganlab.evaluation import EVALUATORS
from ganlab.evaluation.subject import subject_of
from ganlab.evaluation.two_sample_test import two_sample_accuracy


def normal(count, seed, shift=0.0, dimensions=1):
    return np.random.default_rng(seed).normal(shift, size=(count, dimensions))


def test_samples_of_the_true_distribution_are_told_apart_by_chance_alone():
    found = [two_sample_accuracy(normal(500, seed), normal(500, 100 + seed)) for seed in range(20)]
    assert np.mean(found) == pytest.approx(0.5, abs=4 * 1 / (2 * math.sqrt(1_000 * 20)))


@pytest.mark.parametrize("shift", [1.0, 2.0])
def test_shifted_normals_are_told_apart_nearly_as_well_as_by_the_best_classifier(shift):
    # the best one cuts half-way between the means, and is right with probability Phi(shift / 2)
    found = two_sample_accuracy(normal(2_000, 0, shift), normal(2_000, 1))
    best = stats.norm.cdf(shift / 2)
    assert best - 0.03 < found < best + 0.02


def test_distant_samples_are_always_told_apart():
    assert two_sample_accuracy(normal(300, 0, 50.0, 3), normal(300, 1, 0.0, 3)) == 1.0


def test_equal_values_on_both_sides_are_told_apart_by_chance():
    values = np.repeat([[0.0], [1.0]], 250, axis=0)
    assert two_sample_accuracy(values, values) == pytest.approx(0.5, abs=0.06)


def test_the_units_of_a_column_play_no_part():
    samples, truth = normal(400, 0, 0.5, 2), normal(400, 1, 0.0, 2)
    scaled = np.array([1.0, 1e6])
    assert two_sample_accuracy(samples * scaled, truth * scaled) == two_sample_accuracy(samples, truth)


@pytest.mark.parametrize("name", ["gaussian", "ring"])
def test_against_a_known_density_the_truth_is_drawn(name):
    reference = load(name, {}, "test").reference
    subject = subject_of(reference.fresh(np.random.default_rng(5), 1_000))
    found = EVALUATORS["c2st"].function(subject, reference)["c2st"]
    assert found == pytest.approx(EVALUATORS["c2st"].floor(reference, 1_000)["c2st"], abs=0.05)


@pytest.mark.parametrize(("rows", "applies"), [(20, False), (25, True)])
def test_it_needs_a_held_out_sample_for_each_fold(tmp_path, rows, applies):
    np.save(tmp_path / "x.npy", normal(rows, 0, dimensions=2))
    reference = load("points", {"path": str(tmp_path / "x.npy")}, "test").reference
    assert EVALUATORS["c2st"].applies_to(reference) == applies
    if applies:
        assert 0 <= EVALUATORS["c2st"].function(subject_of(normal(100, 1, dimensions=2)), reference)["c2st"] <= 1
