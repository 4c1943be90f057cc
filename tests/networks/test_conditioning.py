from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.networks.conditioning import Score, join, one_hot
from ganlab.networks.layers import SpectralLinear


def test_one_hot_rows_are_torchs():
    labels = torch.tensor([3, 0, 1, 3])
    torch.testing.assert_close(one_hot(labels, 4), nn.functional.one_hot(labels, 4).float())


def test_without_classes_there_are_no_rows_and_nothing_is_joined():
    assert one_hot(None, 0) is None
    images = torch.randn(2, 3, 4, 4)
    assert join(images, None) is images


def test_labels_join_images_as_constant_planes():
    images = torch.randn(2, 3, 4, 4)
    joined = join(images, one_hot(torch.tensor([1, 0]), 2))
    assert torch.equal(joined[:, :3], images)
    assert torch.equal(joined[:, 3:].mean((2, 3)), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert joined[:, 3:].std((2, 3)).max() == 0


@pytest.mark.parametrize("linear", [nn.Linear, SpectralLinear])
def test_a_conditional_score_adds_the_product_of_the_features_and_the_labels_embedding(linear):
    score = Score(6, 3, linear)
    weight = score.embedding.weight
    if linear is SpectralLinear:
        weight = weight / torch.linalg.matrix_norm(weight, ord=2)
    features, labels = torch.randn(4, 6), torch.tensor([2, 0, 0, 1])
    expected = torch.stack([features[i] @ weight[:, labels[i]] for i in range(4)])
    projected = score(features, one_hot(labels, 3)) - score.linear(features).squeeze(1)
    torch.testing.assert_close(projected, expected, atol=1e-3, rtol=1e-3)
