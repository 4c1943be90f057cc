"""Coarse pixels as features: what can be measured of any images, without a network and its weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from ganlab.evaluation.images.extractors import ExtractorSource, register
from ganlab.evaluation.images.features import CPU, Features, extract_in_batches

NAME = "pixels"
SIDE = 8
AT_ONCE = 1_000


class Pixels:
    """Images averaged down to 8 x 8, levels 0..1: colours and coarse layout, and nothing of what is shown.

    Their Fréchet distance tells a generator that learns from one that does not. It says little of how real images look,
    and stands in only where nothing better can be had.
    """

    name = NAME
    weights = "none"
    resize = f"{SIDE} x {SIDE}, means of areas"

    def __init__(self, device: torch.device = CPU) -> None:
        self._device = device

    def extract(self, images: Tensor) -> Features:
        """The features [n, 64 C] of `images`, uint8 [n, C, H, W]; there are no logits."""
        return extract_in_batches(_averages, images, AT_ONCE, self._device)

    def describe(self) -> dict[str, Any]:
        return {"network": "no network, levels 0..1", "weights_sha256": self.weights, "resize": self.resize}


def _averages(images: Tensor) -> tuple[Tensor, Tensor]:
    values = adaptive_avg_pool2d(images.float() / 255, SIDE).flatten(1)
    return values, torch.empty(len(images), 0, device=images.device)


register(
    ExtractorSource(
        name=NAME,
        summary=f"pixels averaged to {SIDE} x {SIDE}",
        load=lambda device, weights, report: Pixels(device),
    )
)
