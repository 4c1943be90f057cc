from __future__ import annotations

import pytest
import torch
from torch.func import functional_call, grad, vmap

from ganlab.networks import BUILDERS
from ganlab.networks.layers import SpectralLinear, spectral_norm
from ganlab.networks.mlp import MLPOptions, build_mlp


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 4, 4)])
def test_any_flat_or_shaped_sample_is_built(shape):
    generator, discriminator = build_mlp(shape, 5, MLPOptions(widths=(16, 8)))
    samples = generator(torch.randn(7, 5))
    assert samples.shape == (7, *shape)
    assert discriminator(samples).shape == (7,)


def test_the_articles_networks_have_the_articles_parameter_count():
    """G 100-256-1 and D 1-256-1."""
    generator, discriminator = build_mlp((1,), 100, MLPOptions(widths=(256,), activation="relu"))
    assert sum(p.numel() for p in generator.parameters()) == 100 * 256 + 256 + 256 + 1
    assert sum(p.numel() for p in discriminator.parameters()) == 256 + 256 + 256 + 1


def test_a_tanh_generator_stays_within_one_and_a_linear_one_does_not():
    latent = 100 * torch.randn(200, 3)
    bounded, _ = build_mlp((1,), 3, MLPOptions(output="tanh"))
    free, _ = build_mlp((1,), 3, MLPOptions(output="linear"))
    assert bounded(latent).abs().max() <= 1
    assert free(latent).abs().max() > 1


def test_the_discriminator_may_have_widths_of_its_own():
    _, discriminator = build_mlp((1,), 3, MLPOptions(widths=(4,), discriminator_widths=(9, 9)))
    assert [m.out_features for m in discriminator if isinstance(m, torch.nn.Linear)] == [9, 9, 1]


@pytest.mark.parametrize("shape", [(1, 32), (32, 1), (32, 32), (64, 20)])
def test_the_spectral_norm_comes_from_below_and_close_to_the_largest_singular_value(shape):
    for seed in range(20):
        torch.manual_seed(seed)
        weight = torch.nn.Linear(shape[1], shape[0]).weight
        exact = torch.linalg.matrix_norm(weight, ord=2)
        ratio = (spectral_norm(weight) / exact).item()
        assert 0.94 < ratio < 1 + 1e-5


def test_the_gradient_of_the_spectral_norm_is_the_outer_product_of_its_singular_vectors():
    u, v = torch.nn.functional.normalize(torch.randn(2, 6), dim=1)
    weight = 3.0 * torch.outer(u, v)
    torch.testing.assert_close(grad(spectral_norm)(weight), torch.outer(u, v), atol=1e-5, rtol=1e-4)


def test_a_spectral_layer_stretches_no_vector():
    torch.manual_seed(0)
    layer = SpectralLinear(1, 64, bias=False)
    x = torch.randn(100, 1)
    assert (layer(x).norm(dim=1) / x.norm(dim=1)).max() <= 1 + 1e-5


@pytest.mark.parametrize("norm", ["none", "layer", "spectral"])
def test_a_lifted_discriminator_gives_each_member_what_it_gives_alone_with_penalty_and_all(norm):
    pairs = [build_mlp((2,), 3, MLPOptions(discriminator_norm=norm)) for _ in range(3)]
    module = pairs[0][1]
    parameters = [{k: v.detach() for k, v in d.named_parameters()} for _, d in pairs]
    stacked = {k: torch.stack([p[k] for p in parameters]) for k in parameters[0]}
    x = torch.randn(3, 5, 2)

    def penalised(p, x):
        def score(v):
            return functional_call(module, p, (v,)).sum()

        return score(x) + grad(score)(x).square().sum()

    together = vmap(grad(penalised))(stacked, x)
    for index in range(3):
        alone = grad(penalised)(parameters[index], x[index])
        for name, value in alone.items():
            torch.testing.assert_close(together[name][index], value, atol=1e-5, rtol=1e-4)


def test_builders_are_listed_with_what_they_are():
    assert BUILDERS["mlp"].summary
