"""How an extractor is asked: batch after batch, in float32 whatever surrounds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from ganlab.evaluation.images.features import extract_in_batches


def network(images: Tensor) -> tuple[Tensor, Tensor]:
    """Features and logits that tell each image apart."""
    flat = images.flatten(1).float()
    return flat @ torch.ones(flat.shape[1], 2), flat.sum(1, keepdim=True)


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_batches_of_any_size_give_the_same_features_in_the_same_order(noise, batch_size):
    images = noise(7, 3, 4, 4)
    found = extract_in_batches(network, images, batch_size)
    values, logits = network(images)
    assert torch.equal(found.values, values)
    assert torch.equal(found.logits, logits)


def test_no_batch_is_larger_than_asked_for(noise):
    sizes = []
    extract_in_batches(lambda images: sizes.append(len(images)) or network(images), noise(7, 1, 2, 2), 3)
    assert sizes == [3, 3, 1]


def test_features_are_float32_and_without_a_gradient_within_autocast(noise):
    layer = torch.nn.Linear(4, 2)
    seen = []

    def trained(images: Tensor) -> tuple[Tensor, Tensor]:
        values = layer(images.flatten(1).float())
        seen.append(values.dtype)
        return values, values

    with torch.autocast("cpu", torch.bfloat16):
        found = extract_in_batches(trained, noise(3, 1, 2, 2), 2)
    assert set(seen) == {torch.float32}
    assert not found.values.requires_grad


def tf32() -> tuple[bool, bool]:
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


@pytest.fixture(params=[True, False])
def allowed(request) -> Iterator[bool]:
    """Whether TF32 is allowed around the extraction."""
    before = tf32()
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = request.param
    yield request.param
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before


def test_inside_there_is_no_tf32_and_afterwards_all_is_as_before_even_after_a_fault(allowed):
    seen = []

    def faulty(images: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(tf32())
        raise KeyError

    with pytest.raises(KeyError):
        extract_in_batches(faulty, torch.zeros(1, 1, 2, 2), 1)
    assert seen == [(False, False)]
    assert tf32() == (allowed, allowed)
    assert not torch.is_inference_mode_enabled()


def test_features_are_computed_where_the_extractor_was_told():
    seen = []

    def on_device(images: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(images.device.type)
        return torch.zeros(1, 1), torch.zeros(1, 1)

    extract_in_batches(on_device, torch.zeros(1, 1, 2, 2), 1, torch.device("meta"))
    assert seen == ["meta"]
