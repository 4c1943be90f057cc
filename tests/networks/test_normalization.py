from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.networks import Classes
from ganlab.networks.normalization import ConditionalNorm, normalization

NOISE = torch.randn(6, 32, 5, 5, generator=torch.Generator().manual_seed(0))
FEATURES = torch.arange(32)[:, None, None] + 2 * NOISE


@pytest.mark.parametrize(
    ("kind", "grouped", "axes"),
    [
        ("batch", (6, 32, 5, 5), (0, 2, 3)),
        ("layer", (6, 32, 5, 5), (1, 2, 3)),
        ("group", (6, 2, 16, 5, 5), (2, 3, 4)),
    ],
)
def test_what_is_normalised_has_mean_0_and_variance_1(kind, grouped, axes):
    normalized = normalization(kind, 32)(FEATURES).reshape(grouped)
    mean, variance = normalized.mean(axes), normalized.var(axes, unbiased=False)
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-5, rtol=0)
    torch.testing.assert_close(variance, torch.ones_like(variance), atol=1e-4, rtol=0)


@pytest.mark.parametrize("kind", ["layer", "group"])
def test_channels_that_are_normalised_together_keep_their_order(kind):
    means = normalization(kind, 32)(FEATURES).mean((0, 2, 3))
    assert (means[:16].diff() > 0.05).all()


@pytest.mark.parametrize("kind", ["none", "spectral"])
def test_no_normalisation_leaves_features_as_they_are(kind):
    assert normalization(kind, 32)(FEATURES) is FEATURES


@pytest.mark.parametrize("channels", [1, 8, 33, 40, 48])
def test_groups_divide_any_number_of_channels(channels):
    assert normalization("group", channels)(torch.randn(2, channels, 3, 3)).shape == (2, channels, 3, 3)


@pytest.mark.parametrize("kind", ["batch", "layer", "group", "none"])
def test_each_class_has_a_gain_and_a_shift_of_its_own(kind):
    layer = ConditionalNorm(kind, 32, 3)
    nn.init.normal_(layer.gain)
    nn.init.normal_(layer.shift)
    labels = torch.tensor([2, 0, 1, 1, 0, 2])
    normalized = normalization(kind, 32, affine=False)(FEATURES)
    expected = torch.stack(
        [
            x * layer.gain[y][:, None, None] + layer.shift[y][:, None, None]
            for x, y in zip(normalized, labels, strict=True)
        ]
    )
    torch.testing.assert_close(layer(FEATURES, Classes(3).rows(labels)), expected)


def test_a_new_conditional_norm_treats_all_classes_alike():
    layer = ConditionalNorm("batch", 32, 3)
    plain = normalization("batch", 32)(FEATURES)
    torch.testing.assert_close(layer(FEATURES, Classes(3).rows(torch.arange(6) % 3)), plain)
