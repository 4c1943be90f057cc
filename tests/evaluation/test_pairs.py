import numpy as np
import pytest
from scipy.spatial.distance import pdist

from ganlab.evaluation.pairs import BLOCK, mean_over_pairs, ordered_pairs, sum_of_differences


def test_the_sum_of_differences_is_that_over_all_pairs():
    values = np.sort(np.random.default_rng(0).normal(5, 2, 50))
    assert sum_of_differences(values) / ordered_pairs(50) == pytest.approx(pdist(values[:, None]).mean())
    assert sum_of_differences(values[:1]) / ordered_pairs(1) == 0


def test_pairs_within_blocks_count_alike_and_none_across():
    points = np.random.default_rng(0).normal(size=(BLOCK + 7, 2))
    distances = np.concatenate([pdist(points[:BLOCK]), pdist(points[BLOCK:])])
    assert mean_over_pairs(points, np.square) == pytest.approx(np.square(distances).mean())
    assert mean_over_pairs(points[:1], np.square) == 0
