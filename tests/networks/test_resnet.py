from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from pairs import pair_of
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, relu

from ganlab.errors import InputError
from ganlab.networks.layers import SpectralConv2d, SpectralLinear
from ganlab.networks.resnet import (
    DiscriminatorBlock,
    FirstBlock,
    GeneratorBlock,
    ResNetOptions,
)
from ganlab.options import parse


def count(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("norm", ["none", "spectral"])
def test_at_32_pixels_the_networks_have_sngans_published_parameter_counts(norm):
    with torch.device("meta"):
        generator, discriminator = pair_of("resnet", {"discriminator_norm": norm}, (3, 32, 32), 128)
    assert count(generator) == 4_276_739
    assert count(discriminator) == 1_053_825


def test_at_64_pixels_the_channels_run_from_1024_to_64_and_back():
    with torch.device("meta"):
        generator, discriminator = pair_of("resnet", {}, (3, 64, 64), 128)
    conv3 = [9 * i * o + o for i, o in [(3, 64), (64, 64)]]
    shortcut = 3 * 64 + 64
    block = sum(9 * i * i + i + 9 * i * o + o + i * o + o for i, o in pairwise([64, 128, 256, 512, 1024]))
    assert count(discriminator) == sum(conv3) + shortcut + block + 1024 + 1
    start = 128 * 1024 * 16 + 1024 * 16
    blocks = sum(
        9 * i * o + o + 9 * o * o + o + i * o + o + 2 * i + 2 * o for i, o in pairwise([1024, 512, 256, 128, 64])
    )
    assert count(generator) == start + blocks + 2 * 64 + 9 * 64 * 3 + 3


def test_the_discriminator_has_half_the_generators_width():
    generator, discriminator = pair_of("resnet", {"width": 12}, (1, 28, 28), 10)
    assert {m.out_channels for m in generator.modules() if isinstance(m, nn.Conv2d)} == {12, 1}
    assert {m.out_channels for m in discriminator.modules() if isinstance(m, nn.Conv2d)} == {6}


def test_a_width_that_cannot_be_quartered_is_refused():
    with pytest.raises(InputError, match="'width' is 10: input should be a multiple of 4"):
        parse(ResNetOptions, {"width": 10}, "builder 'resnet'")


def test_a_generator_block_adds_its_residual_to_the_enlarged_input_as_it_came_in():
    """Written as in the paper, with the shortcut's convolution after the enlargement; negative features survive."""
    block = GeneratorBlock(4, 6, "none", 0)
    features = torch.randn(2, 4, 5, 5)
    kept = features.clone()

    def enlarged(x):
        return interpolate(x, scale_factor=2, mode="nearest")

    residual = block.conv2(relu(block.conv1(enlarged(relu(kept)))))
    torch.testing.assert_close(block(features, None), residual + block.shortcut(enlarged(kept)))
    assert torch.equal(features, kept)


@pytest.mark.parametrize("halve", [True, False])
def test_a_discriminator_block_adds_its_residual_to_the_input_as_it_came_in(halve):
    """Written as in the paper, with the shortcut's convolution before the pooling; negative features survive."""
    block = DiscriminatorBlock(4, 4, "none", halve)
    features = torch.randn(2, 4, 6, 6)
    kept = features.clone()
    expected = block.conv2(relu(block.conv1(relu(kept)))) + block.shortcut(kept)
    torch.testing.assert_close(block(features), avg_pool2d(expected, 2) if halve else expected)
    assert torch.equal(features, kept)


def test_the_first_block_sees_negative_pixels():
    block = FirstBlock(3, 4, nn.Conv2d)
    images = torch.randn(2, 3, 6, 6)
    expected = block.conv2(relu(block.conv1(images))) + block.shortcut(images)
    torch.testing.assert_close(block(images), avg_pool2d(expected, 2))


@pytest.mark.parametrize("classes", [0, 10])
def test_initial_weights_are_xaviers_with_a_gain_for_residual_convolutions(classes):
    """Uniform within gain * sqrt(6 / (fan in + fan out)), as in the published code."""
    torch.manual_seed(0)
    for network in pair_of("resnet", {"width": 64}, (3, 32, 32), 128, classes):
        for name, module in network.named_modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                residual = name.endswith(("conv1", "conv2"))
                pixels = module.weight[0, 0].numel()
                fans = sum(module.weight.shape[:2]) * pixels
                bound = (12 / fans if residual else 6 / fans) ** 0.5
                assert 0.9 * bound < module.weight.abs().max() <= bound
                assert module.bias is None or module.bias.abs().max() == 0


def test_features_are_summed_over_the_pixels():
    _, discriminator = pair_of("resnet", {"width": 8}, (3, 32, 32), 8)
    images = torch.randn(2, 3, 32, 32)
    summed = discriminator.features(images).sum((2, 3))
    torch.testing.assert_close(discriminator(images), discriminator.head.linear(summed).squeeze(1))


def test_a_spectral_discriminator_normalises_every_weight():
    _, discriminator = pair_of("resnet", {"width": 8, "discriminator_norm": "spectral"}, (3, 32, 32), 8, 5)
    weighted = [m for m in discriminator.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weighted) == 3 + 3 + 2 + 2 + 2
    assert all(isinstance(m, SpectralConv2d | SpectralLinear) for m in weighted)


def test_labels_enter_by_a_gain_and_shift_for_each_class_and_by_projection():
    with torch.device("meta"):
        plain = pair_of("resnet", {}, (3, 32, 32), 128)
        conditional = pair_of("resnet", {}, (3, 32, 32), 128, 10)
    assert count(conditional[0]) - count(plain[0]) == 6 * 9 * 2 * 256  # 10 gains and shifts instead of 1
    assert count(conditional[1]) - count(plain[1]) == 10 * 128
