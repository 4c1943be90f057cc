from __future__ import annotations

import pytest
import torch
from scipy.linalg import svdvals
from torch.func import grad
from torch.nn.functional import conv2d

from ganlab.networks.layers import SpectralConv2d, SpectralLinear, spectral_norm


@pytest.mark.parametrize("shape", [(1, 32), (32, 1), (32, 32), (64, 20), (64, 432)])
def test_the_spectral_norm_comes_from_below_and_close_to_the_largest_singular_value(shape):
    for seed in range(20):
        torch.manual_seed(seed)
        weight = torch.nn.Linear(shape[1], shape[0]).weight
        exact = torch.linalg.matrix_norm(weight, ord=2)
        ratio = (spectral_norm(weight) / exact).item()
        assert 0.999 < ratio < 1 + 1e-5


@pytest.mark.parametrize("shape", [(8, 8), (5, 9), (12, 3)])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_spectral_norm_is_that_of_512_steps_of_power_iteration_on_all_directions(shape, scale):
    weight = scale * torch.randn(shape)
    singular = svdvals(weight.double().numpy())
    weights = (singular / singular[0]) ** (2 * 512)
    expected = (weights @ singular**2 / weights.sum()) ** 0.5
    assert spectral_norm(weight).item() == pytest.approx(expected, rel=1e-4)


def test_the_gradient_of_the_spectral_norm_is_the_outer_product_of_its_singular_vectors():
    u, v = torch.nn.functional.normalize(torch.randn(2, 6), dim=1)
    weight = 3.0 * torch.outer(u, v)
    torch.testing.assert_close(grad(spectral_norm)(weight), torch.outer(u, v), atol=1e-5, rtol=1e-4)


def test_the_gradient_of_the_spectral_norm_takes_the_singular_vectors_as_constants():
    """With near values s the norm is sqrt(sum(w s**2)) for constant weights w, so the gradient is w s over the norm."""
    singular = torch.tensor([1.0, 0.999])
    weights = singular**1024 / (singular**1024).sum()
    norm = (weights * singular**2).sum().sqrt()
    expected = torch.diag(weights * singular / norm)
    torch.testing.assert_close(grad(spectral_norm)(torch.diag(singular)), expected, atol=1e-4, rtol=1e-4)


def test_a_spectral_layer_stretches_no_vector():
    torch.manual_seed(0)
    layer = SpectralLinear(1, 64, bias=False)
    x = torch.randn(100, 1)
    assert (layer(x).norm(dim=1) / x.norm(dim=1)).max() <= 1 + 1e-5


@pytest.mark.parametrize(("inputs", "outputs", "kernel"), [(3, 64, 4), (32, 64, 3), (64, 64, 1)])
def test_a_spectral_convolution_divides_by_the_largest_singular_value_of_its_weight_as_a_matrix(
    inputs, outputs, kernel
):
    for seed in range(5):
        torch.manual_seed(seed)
        layer = SpectralConv2d(inputs, outputs, kernel, stride=2, padding=1)
        exact = torch.linalg.matrix_norm(layer.weight.reshape(outputs, -1), ord=2)
        images = torch.randn(2, inputs, 8, 8)
        unscaled = conv2d(images, layer.weight / exact, None, stride=2, padding=1)
        output = layer(images) - layer.bias[:, None, None]
        ratio = output.norm() / unscaled.norm()
        torch.testing.assert_close(output, ratio * unscaled)
        assert 1 - 1e-5 < ratio < 1 / 0.999


def test_a_spectral_convolution_does_not_depend_on_the_scale_of_its_weight():
    layer = SpectralConv2d(3, 8, 3, bias=False)
    images = torch.randn(2, 3, 6, 6)
    before = layer(images)
    with torch.no_grad():
        layer.weight *= 50
    torch.testing.assert_close(layer(images), before)


def test_the_norm_is_float32_under_autocast_too() -> None:
    weight = torch.randn(32, 64, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", torch.bfloat16):
        found = spectral_norm(weight)
    assert torch.equal(found, spectral_norm(weight))
