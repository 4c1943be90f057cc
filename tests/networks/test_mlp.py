from __future__ import annotations

import pytest
import torch
from pairs import build_of, pair_of
from torch import nn

from ganlab.errors import InputError
from ganlab.networks import Classes, Vector
from ganlab.networks.layers import Maxout
from ganlab.networks.mlp import MLPOptions
from ganlab.options import parse

PACGAN = {
    "widths": [400] * 4,
    "discriminator_widths": [200] * 3,
    "activation": "relu",
    "discriminator_activation": "maxout",
    "generator_norm": "batch",
    "initial_std": 0.02,
}
"""The networks of PacGAN's toy experiments (arXiv:1712.04086)."""


@pytest.mark.parametrize("shape", [(1,), (2,), (12, 3), (3, 4, 4)])
def test_any_flat_or_shaped_sample_is_built(shape):
    generator, discriminator = pair_of("mlp", {"widths": [16, 8]}, shape, 5)
    samples = generator(torch.randn(7, 5))
    assert samples.shape == (7, *shape)
    assert discriminator(samples).shape == (7,)


def test_the_articles_networks_have_the_articles_parameter_count():
    """G 100-256-1 and D 1-256-1."""
    generator, discriminator = pair_of("mlp", {"widths": [256], "activation": "relu"}, (1,), 100)
    assert sum(p.numel() for p in generator.parameters()) == 100 * 256 + 256 + 256 + 1
    assert sum(p.numel() for p in discriminator.parameters()) == 256 + 256 + 256 + 1


def test_a_tanh_generator_stays_within_one_and_a_linear_one_does_not():
    latent = 100 * torch.randn(200, 3)
    bounded, _ = pair_of("mlp", {"output": "tanh"}, (1,), 3)
    free, _ = pair_of("mlp", {"output": "linear"}, (1,), 3)
    assert bounded(latent).abs().max() <= 1
    assert free(latent).abs().max() > 1


def test_the_discriminator_may_have_widths_of_its_own():
    _, discriminator = pair_of("mlp", {"widths": [4], "discriminator_widths": [9, 9]}, (1,), 3)
    assert [m.out_features for m in discriminator if isinstance(m, torch.nn.Linear)] == [9, 9, 1]


def layers_of(network):
    """The same layers, without what joins their input."""
    return nn.Sequential(*network)


def test_labels_join_the_latent_and_the_flat_sample_as_one_hot_rows():
    generator, discriminator = pair_of("mlp", {}, (3, 2, 2), 5, 4)
    rows = torch.tensor([[0.0, 0, 1, 0], [1, 0, 0, 0]])
    labels = torch.tensor([2, 0])
    latent, samples = torch.randn(2, 5), torch.randn(2, 3, 2, 2)
    torch.testing.assert_close(generator(latent, labels), layers_of(generator)(torch.cat([latent, rows], 1)))
    flat = torch.cat([samples.reshape(2, 12), rows], 1)
    torch.testing.assert_close(discriminator(samples, labels), layers_of(discriminator)(flat))


def test_vectors_join_the_latent_and_the_flat_sample_as_they_are():
    build = build_of("mlp", {}, (6, 2), 5, Vector(3))
    given, latent, samples = torch.randn(7, 3), torch.randn(7, 5), torch.randn(7, 6, 2)
    generator, discriminator = build.generator(), build.discriminator()
    torch.testing.assert_close(generator(latent, given), layers_of(generator)(torch.cat([latent, given], 1)))
    flat = torch.cat([samples.reshape(7, 12), given], 1)
    torch.testing.assert_close(discriminator(samples, given), layers_of(discriminator)(flat))


def test_a_side_vector_joins_the_flat_sample_after_the_condition():
    discriminator = build_of("mlp", {}, (4,), 5, Classes(2)).discriminator(side=3)
    samples, labels, side = torch.randn(7, 4), torch.tensor([0, 1, 1, 0, 0, 1, 0]), torch.randn(7, 3)
    flat = torch.cat([samples, nn.functional.one_hot(labels, 2), side], 1)
    torch.testing.assert_close(discriminator(samples, labels, side), layers_of(discriminator)(flat))


def test_the_networks_of_pacgan_have_the_parameters_of_its_code():
    """No bias before a batch norm, which would take it away; a maxout layer has five linear ones of 200 units."""
    generator, discriminator = pair_of("mlp", PACGAN, (2,), 2)
    assert sum(p.numel() for p in generator.parameters()) == 2 * 400 + 3 * 400**2 + 4 * 2 * 400 + 400 * 2 + 2
    hidden = 2 * 1000 + 1000 + 2 * (200 * 1000 + 1000)
    assert sum(p.numel() for p in discriminator.parameters()) == hidden + 200 + 1


def test_an_initial_deviation_is_that_of_all_weights_and_biases_are_zero():
    torch.manual_seed(0)
    linear = [m for network in pair_of("mlp", PACGAN, (2,), 2) for m in network if isinstance(m, torch.nn.Linear)]
    assert len(linear) == 5 + 4
    weights = torch.cat([layer.weight.flatten() for layer in linear])
    assert weights.std().item() == pytest.approx(0.02, rel=0.01)
    assert (weights / 0.02).pow(4).mean().item() == pytest.approx(3, rel=0.03)  # of a normal distribution
    assert all(not layer.bias.any() for layer in linear if layer.bias is not None)


def test_a_batch_norm_standardises_every_hidden_unit_over_the_batch():
    torch.manual_seed(0)
    generator, _ = pair_of("mlp", {"widths": [16, 16], "generator_norm": "batch"}, (2,), 3)
    hidden = generator[:5](5 + torch.randn(1000, 3))
    torch.testing.assert_close(hidden.mean(0), torch.zeros(16), atol=1e-5, rtol=0)
    torch.testing.assert_close(hidden.var(0, unbiased=False), torch.ones(16), atol=1e-2, rtol=0)


def test_maxout_is_the_largest_of_neighbouring_linear_units():
    values = torch.tensor([[1.0, 3, 2, -5, -4, -6], [0, 0, 7, 1, 1, 1]])
    torch.testing.assert_close(Maxout(3)(values), torch.tensor([[3.0, -4], [7, 1]]))
    _, discriminator = pair_of("mlp", {"widths": [4], "discriminator_activation": "maxout"}, (1,), 3)
    _, linear, _, last, _ = discriminator
    x = torch.randn(10, 1)
    pieces = (x @ linear.weight.T + linear.bias).reshape(10, 4, 5)
    torch.testing.assert_close(discriminator(x), (pieces.max(2).values @ last.weight.T + last.bias)[:, 0])


def test_the_discriminators_activation_leaves_the_generators_as_it_is():
    generator, discriminator = pair_of("mlp", {"activation": "tanh", "discriminator_activation": "elu"}, (1,), 3)
    assert [type(m) for m in generator][1] is torch.nn.Tanh
    assert [type(m) for m in discriminator][2] is torch.nn.ELU


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"discriminator_activation": "max_out"}, "'discriminator_activation' is 'max_out'; it must be 'relu'"),
        ({"maxout_pieces": 1}, "'maxout_pieces' is 1: input should be greater than or equal to 2"),
        ({"initial_std": 0}, "'initial_std' is 0"),
        ({"init": "normal"}, "unknown key 'init'; did you mean 'initial_std'"),
        ({"discriminator_norm": "batch"}, "'discriminator_norm' is 'batch'; it must be 'none', 'layer' or 'spectral'"),
    ],
)
def test_wrong_options_are_refused_with_the_right_ones(given, message):
    with pytest.raises(InputError, match=message):
        parse(MLPOptions, given, "test")
