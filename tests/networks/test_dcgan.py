from __future__ import annotations

import pytest
import torch
from pairs import pair_of
from torch import nn

from ganlab.networks.layers import SpectralConv2d, SpectralLinear


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_at_64_pixels_the_networks_have_the_parameters_of_pytorchs_dcgan_example():
    """3,576,704 and 2,765,568 there, where the layers that no batch norm follows have no bias: 3, and 64 + 1 here."""
    generator, discriminator = pair_of("dcgan", {}, (3, 64, 64), 100)
    assert count(generator) == 3_576_704 + 3
    assert count(discriminator) == 2_765_568 + 64 + 1


def test_initial_weights_are_those_of_the_paper():
    torch.manual_seed(0)
    for network in pair_of("dcgan", {}, (3, 32, 32), 100):
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
                assert module.bias is None or module.bias.abs().max() == 0
            if isinstance(module, nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1, abs=0.01)
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.3)


def test_images_lie_within_one_and_use_the_range():
    torch.manual_seed(0)
    generator, _ = pair_of("dcgan", {"width": 8, "generator_norm": "none"}, (1, 28, 28), 10)
    for parameter in generator.parameters():
        nn.init.normal_(parameter)
    images = generator(torch.randn(8, 10))
    assert images.abs().max() <= 1
    assert images.min() < -0.99
    assert images.max() > 0.99


@pytest.mark.parametrize(
    ("norm", "kind"), [("batch", nn.BatchNorm2d), ("layer", nn.GroupNorm), ("group", nn.GroupNorm)]
)
def test_the_discriminators_first_layer_is_not_normalised_but_all_others_are(norm, kind):
    _, discriminator = pair_of("dcgan", {"width": 16, "discriminator_norm": norm}, (3, 32, 32), 10)
    assert [
        m.num_channels if norm != "batch" else m.num_features for m in discriminator.modules() if type(m) is kind
    ] == [
        32,
        64,
    ]


def test_a_spectral_discriminator_normalises_every_weight():
    options = {"width": 4, "discriminator_norm": "spectral", "conditioning": "projection"}
    _, discriminator = pair_of("dcgan", options, (3, 32, 32), 10, 5)
    weighted = [m for m in discriminator.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weighted) == 5
    assert all(isinstance(m, SpectralConv2d | SpectralLinear) for m in weighted)


@pytest.mark.parametrize("conditioning", ["concat", "projection"])
def test_an_image_and_its_score_depend_on_the_label(conditioning):
    torch.manual_seed(0)
    generator, discriminator = pair_of("dcgan", {"width": 8, "conditioning": conditioning}, (1, 8, 8), 10, 2)
    for parameter in generator.parameters():
        nn.init.normal_(parameter)
    latent, images = torch.randn(1, 10).expand(4, -1), torch.randn(1, 1, 8, 8).expand(4, -1, -1, -1)
    labels = torch.tensor([0, 1, 0, 1])
    generated, scores = generator(latent, labels), discriminator(images, labels)
    torch.testing.assert_close(generated[0], generated[2])
    torch.testing.assert_close(scores[0], scores[2])
    assert (generated[0] - generated[1]).abs().max() > 1e-3
    assert (scores[0] - scores[1]).abs() > 1e-4
