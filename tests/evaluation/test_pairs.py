import numpy as np
import pytest
from scipy.spatial.distance import pdist

from ganlab.evaluation.pairs import BLOCK, mean_difference, mean_over_pairs


def test_the_mean_difference_is_that_of_all_pairs():
    values = np.sort(np.random.default_rng(0).normal(5, 2, 50))
    assert mean_difference(values) == pytest.approx(pdist(values[:, None]).mean())
    assert mean_difference(values[:1]) == 0


def test_pairs_within_blocks_count_alike_and_none_across():
    points = np.random.default_rng(0).normal(size=(BLOCK + 7, 2))
    distances = np.concatenate([pdist(points[:BLOCK]), pdist(points[BLOCK:])])
    assert mean_over_pairs(points, np.square) == pytest.approx(np.square(distances).mean())
    assert mean_over_pairs(points[:1], np.square) == 0
