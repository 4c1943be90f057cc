"""The Fréchet distance, against closed forms, laws and torch-fidelity."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm
from threadpoolctl import threadpool_limits
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from ganlab.evaluation.images.frechet import frechet_between, frechet_distance, frechet_floor, moments
from ganlab.evaluation.images.frechet import normal as normal_of


def normal(count, dimensions, seed=0):
    return torch.randn(count, dimensions, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def exactly(mean, stds, count=200, seed=0):
    """Features [count, D] with exactly this mean and these standard deviations, uncorrelated."""
    values = normal(count, len(stds), seed)
    values -= values.mean(dim=0)
    white, _ = torch.linalg.qr(values)
    return white * np.sqrt(count - 1) * torch.tensor(stds, dtype=torch.float64) + torch.tensor(mean)


def torch_fidelitys(samples, real):
    statistics = [fid_features_to_statistics(features) for features in (samples, real)]
    return fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]


def test_its_bits_do_not_depend_on_how_many_threads_there_are():
    features = torch.relu(normal(1_500, 300)).float()
    features[:, ::3] = 0  # as of units that never fire: the roots of what should be 0 are as large as single precision
    with threadpool_limits(2, user_api="blas"):
        two = frechet_distance(features[:700], moments(features[700:]))
    with threadpool_limits(1, user_api="blas"):
        one = frechet_distance(features[:700], moments(features[700:]))
    assert one == two


def test_of_uncorrelated_features_it_is_the_distance_of_means_and_of_standard_deviations():
    samples = exactly([1.0, -2.0, 0.5], [1.0, 3.0, 0.0])
    real = exactly([0.0, -2.0, 0.5], [2.0, 1.0, 0.7], seed=1)
    assert frechet_distance(samples, moments(real)) == pytest.approx(1 + 1 + 4 + 0.49, rel=1e-9)


@pytest.mark.parametrize("counts", [(40, 300), (300, 40), (40, 50), (300, 400)])
def test_between_distributions_it_is_the_distance_between_features_that_have_them(counts):
    samples, real = normal(counts[0], 64), 2 * normal(counts[1], 64, seed=1) + 1
    one, other = (normal_of(some.mean(dim=0).numpy(), some.T.cov().numpy()) for some in (samples, real))
    expected = frechet_distance(samples, moments(real))
    assert frechet_between(one, other) == pytest.approx(expected, rel=1e-6)
    assert frechet_between(other, one) == pytest.approx(expected, rel=1e-6)
    assert frechet_distance(samples, other) == pytest.approx(expected, rel=1e-6)
    root = sqrtm(samples.T.cov().numpy() @ real.T.cov().numpy()).real
    shift = (samples.mean(dim=0) - real.mean(dim=0)).square().sum()
    formula = float(shift + samples.T.cov().trace() + real.T.cov().trace()) - 2 * np.trace(root)
    assert frechet_between(one, other) == pytest.approx(formula, rel=1e-5)
    assert frechet_between(one, one) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("count", [20, 500])
def test_identical_features_are_at_no_distance(count):
    features = normal(count, 64).float()
    assert frechet_distance(features, moments(features)) == pytest.approx(0, abs=1e-10)


def test_it_is_torch_fidelitys_number():
    samples = normal(2_700, 96).float() * torch.linspace(0.1, 2, 96) + 3.1
    real = normal(1_900, 96, seed=1).float() @ normal(96, 96, seed=2).float() / 10 + 3
    assert frechet_distance(samples, moments(real)) == pytest.approx(torch_fidelitys(samples, real), rel=1e-6)


@pytest.mark.parametrize("counts", [(40, 300), (300, 40)])
def test_features_that_are_always_zero_change_nothing(counts):
    """They bring as many dimensions as there are samples, or more: another formula, and singular covariances."""
    samples, real = (normal(count, 12, seed) for seed, count in enumerate(counts))
    padded = [torch.nn.functional.pad(features, (0, 60)) for features in (samples, real)]
    plain = frechet_distance(samples, moments(real))
    assert frechet_distance(padded[0], moments(padded[1])) == pytest.approx(plain, rel=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 99), st.integers(2, 30), st.integers(1, 12), st.floats(0.1, 10))
def test_it_is_symmetric_and_grows_with_the_square_of_the_scale(seed, count, dimensions, scale):
    samples, real = normal(count, dimensions, seed), normal(25, dimensions, seed + 100) + 1
    distance = frechet_distance(samples, moments(real))
    assert frechet_distance(real, moments(samples)) == pytest.approx(distance, rel=1e-6, abs=1e-6)
    scaled = frechet_distance(scale * samples, moments(scale * real))
    assert scaled == pytest.approx(scale**2 * distance, rel=1e-6, abs=1e-6)


def test_the_floor_is_what_true_samples_have_on_average():
    stds = torch.linspace(0.2, 2, 8)

    def draw(count, seed):
        return normal(count, 8, seed) * stds

    found = [frechet_distance(draw(400, 2 * repeat), moments(draw(1_000, 2 * repeat + 1))) for repeat in range(200)]
    assert frechet_floor(moments(draw(1_000, 999)), 400) == pytest.approx(np.mean(found), rel=0.08)
