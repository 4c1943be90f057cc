import numpy as np
import pytest
import torch
from torch_fidelity.metric_kid import kid_features_to_metric

from ganlab.evaluation.images.kid import kernel_inception_distance


def normal(count, shift, seed):
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(seed)) + shift


def test_of_a_thousand_features_each_it_is_the_unbiased_squared_mmd():
    """Every subset is then the whole."""
    x, y = normal(1_000, 0.0, 0).double().numpy(), normal(1_000, 0.5, 1).double().numpy()

    def kernel(a, b):
        return (a @ b.T / 8 + 1) ** 3

    def among(a):
        matrix = kernel(a, a)
        return (matrix.sum() - np.trace(matrix)) / (1_000 * 999)

    expected = among(x) + among(y) - 2 * kernel(x, y).mean()
    assert kernel_inception_distance(torch.tensor(x).float(), torch.tensor(y).float()) == pytest.approx(
        expected, rel=1e-4
    )


def test_it_is_torch_fidelitys_number():
    samples, real = normal(1_200, 0.0, 0), normal(1_100, 0.3, 1)
    expected = kid_features_to_metric(samples, real, verbose=False)["kernel_inception_distance_mean"]
    assert kernel_inception_distance(samples, real) == pytest.approx(expected, rel=1e-6)
