from __future__ import annotations

import pytest
import torch

from ganlab.networks.mlp import MLPOptions, build_mlp


@pytest.mark.parametrize("shape", [(1,), (2,), (3, 4, 4)])
def test_any_flat_or_shaped_sample_is_built(shape):
    generator, discriminator = build_mlp(shape, 5, 0, MLPOptions(widths=(16, 8)))
    samples = generator(torch.randn(7, 5))
    assert samples.shape == (7, *shape)
    assert discriminator(samples).shape == (7,)


def test_the_articles_networks_have_the_articles_parameter_count():
    """G 100-256-1 and D 1-256-1."""
    generator, discriminator = build_mlp((1,), 100, 0, MLPOptions(widths=(256,), activation="relu"))
    assert sum(p.numel() for p in generator.parameters()) == 100 * 256 + 256 + 256 + 1
    assert sum(p.numel() for p in discriminator.parameters()) == 256 + 256 + 256 + 1


def test_a_tanh_generator_stays_within_one_and_a_linear_one_does_not():
    latent = 100 * torch.randn(200, 3)
    bounded, _ = build_mlp((1,), 3, 0, MLPOptions(output="tanh"))
    free, _ = build_mlp((1,), 3, 0, MLPOptions(output="linear"))
    assert bounded(latent).abs().max() <= 1
    assert free(latent).abs().max() > 1


def test_the_discriminator_may_have_widths_of_its_own():
    _, discriminator = build_mlp((1,), 3, 0, MLPOptions(widths=(4,), discriminator_widths=(9, 9)))
    assert [m.out_features for m in discriminator if isinstance(m, torch.nn.Linear)] == [9, 9, 1]


def test_labels_join_the_latent_and_the_flat_sample_as_one_hot_rows():
    generator, discriminator = build_mlp((3, 2, 2), 5, 4, MLPOptions())
    rows = torch.tensor([[0.0, 0, 1, 0], [1, 0, 0, 0]])
    labels = torch.tensor([2, 0])
    latent, samples = torch.randn(2, 5), torch.randn(2, 3, 2, 2)
    torch.testing.assert_close(generator(latent, labels), generator.network(torch.cat([latent, rows], 1)))
    flat = torch.cat([samples.reshape(2, 12), rows], 1)
    torch.testing.assert_close(discriminator(samples, labels), discriminator.network(flat))
