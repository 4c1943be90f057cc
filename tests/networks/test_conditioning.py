from __future__ import annotations

import pytest
import torch
from torch import nn

from ganlab.networks import Classes, Vector
from ganlab.networks.conditioning import Head, join, rows_of
from ganlab.networks.layers import SpectralLinear


def test_rows_of_classes_are_torchs_one_hot_rows():
    labels = torch.tensor([3, 0, 1, 3])
    torch.testing.assert_close(rows_of(Classes(4), labels), nn.functional.one_hot(labels, 4).float())


def test_rows_of_vectors_are_the_vectors():
    values = torch.randn(4, 2)
    assert rows_of(Vector(2), values) is values


def test_without_a_condition_there_are_no_rows_and_nothing_is_joined():
    assert rows_of(None, None) is None
    images = torch.randn(2, 3, 4, 4)
    assert join(images, None) is images


@pytest.mark.parametrize(
    ("condition", "values", "message"),
    [
        (Classes(3), None, "conditional on 3 classes"),
        (Vector(2), None, "conditional on 2 numbers"),
        (None, torch.zeros(4), "takes no condition"),
        (Classes(3), torch.zeros(4, 3), r"classes has the shape \[B\], not \[4, 3\]"),
        (Vector(2), torch.zeros(4, 3), r"2 numbers has the shape \[B, 2\], not \[4, 3\]"),
    ],
)
def test_a_condition_that_is_missing_unwanted_or_misshapen_is_refused(condition, values, message):
    with pytest.raises(ValueError, match=message):
        rows_of(condition, values)


def test_labels_join_images_as_constant_planes():
    images = torch.randn(2, 3, 4, 4)
    joined = join(images, Classes(2).rows(torch.tensor([1, 0])))
    assert torch.equal(joined[:, :3], images)
    assert torch.equal(joined[:, 3:].mean((2, 3)), torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    assert joined[:, 3:].std((2, 3)).max() == 0


def head_of(features, outputs, classes, side=0, linear=nn.Linear):
    return Head(features, outputs, classes, side, 5, linear, nn.Tanh())


@pytest.mark.parametrize("linear", [nn.Linear, SpectralLinear])
@pytest.mark.parametrize("outputs", [None, 1, 2])
def test_a_conditional_head_adds_the_products_of_the_features_and_the_labels_embeddings(linear, outputs):
    head = head_of(6, outputs, 3, linear=linear)
    weight = head.embedding.weight
    if linear is SpectralLinear:
        weight = weight / torch.linalg.matrix_norm(weight, ord=2)
    embeddings = weight.T.reshape(3, -1, 6)
    features, labels = torch.randn(4, 6), torch.tensor([2, 0, 0, 1])
    expected = torch.stack([embeddings[labels[i]] @ features[i] for i in range(4)])
    projected = head(features, Classes(3).rows(labels), None).reshape(4, -1) - head.linear(features)
    torch.testing.assert_close(projected, expected, atol=1e-3, rtol=1e-3)


def test_a_side_vector_joins_the_features_before_a_hidden_layer():
    head = head_of(6, None, 0, side=2)
    features, side = torch.randn(4, 6), torch.randn(4, 2)
    hidden = torch.tanh(torch.cat([features, side], 1) @ head.joint[0].weight.T + head.joint[0].bias)
    torch.testing.assert_close(head(features, None, side), (hidden @ head.linear.weight.T + head.linear.bias)[:, 0])
