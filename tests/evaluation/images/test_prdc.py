"""Neighbourhoods, against scipy's distances, torch-fidelity, and what true samples do."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from torch_fidelity.metric_prc import prc_features_to_metric

from ganlab.evaluation.images.prdc import (
    BLOCK,
    precision_recall_density_coverage,
    radii,
    true_coverage,
    true_precision,
)


def normal(count, dimensions=4, seed=0):
    return torch.randn(count, dimensions, generator=torch.Generator().manual_seed(seed))


def measured(samples, real):
    return precision_recall_density_coverage(samples, real, radii(real))


@pytest.fixture(scope="module")
def sets():
    """More points than a block holds; the samples are narrower and shifted."""
    return normal(BLOCK + 90) * 0.7 + 0.5, normal(2 * BLOCK + 30, seed=1)


def test_radii_are_the_distances_to_the_third_and_the_fifth_other_point(sets):
    _, real = sets
    ordered = np.sort(cdist(real, real), axis=1)
    assert radii(real).numpy() == pytest.approx(ordered[:, [3, 5]], rel=1e-3)


def test_precision_and_recall_are_torch_fidelitys(sets):
    found = measured(*sets)
    expected = prc_features_to_metric(*sets, verbose=False)
    assert 0.05 < found["recall"] < found["precision"] < 0.99
    assert found["precision"] == pytest.approx(expected["precision"], rel=1e-6)
    assert found["recall"] == pytest.approx(expected["recall"], rel=1e-6)


def test_density_and_coverage_count_the_balls_of_real_points(sets):
    samples, real = sets
    ball = np.sort(cdist(real, real), axis=1)[:, 5:6]
    within = cdist(real, samples) < ball
    found = measured(samples, real)
    assert found["density"] == pytest.approx(within.sum(axis=0).mean() / 5, rel=1e-3)
    assert found["coverage"] == pytest.approx(within.any(axis=1).mean(), rel=1e-3)


def test_a_set_lies_wholly_within_itself():
    points = normal(BLOCK + 10)
    # a ball holds its own point and four others; the fifth is on the border, on either side of it by rounding
    assert measured(points, points) == pytest.approx(
        {"precision": 1, "recall": 1, "density": 1, "coverage": 1}, abs=0.03
    )


def test_sets_far_apart_share_nothing():
    found = measured(normal(50), normal(60) + 100)
    assert found == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


def test_true_samples_score_what_is_foreseen():
    rows = [measured(normal(100, seed=repeat), normal(150, seed=1_000 + repeat)) for repeat in range(100)]
    mean = {name: np.mean([row[name] for row in rows]) for name in rows[0]}

    def foreseen(count):
        points = [normal(count, seed=5_000 + repeat) for repeat in range(30)]
        return np.mean([true_precision(one, radii(one), torch.arange(count)) for one in points])

    assert mean["density"] == pytest.approx(1, abs=0.03)
    assert mean["coverage"] == pytest.approx(true_coverage(100, 150), abs=0.01)
    assert mean["precision"] == pytest.approx(foreseen(151), abs=0.02)
    assert mean["recall"] == pytest.approx(foreseen(101), abs=0.02)


def test_a_point_is_not_near_others_because_it_is_near_itself():
    points = torch.cat([normal(40), torch.full((1, 4), 50.0)])
    assert true_precision(points, radii(points), torch.tensor([40])) == 0
