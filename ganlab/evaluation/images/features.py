"""What an extractor says of images, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from ganlab.arithmetic import full_precision

PRECISION = "float32, no TF32, no autocast"

CPU = torch.device("cpu")

Report = Callable[[str], None]
"""Is told, in words, of work that takes a while."""


def silent(text: str) -> None:
    """The report that nobody reads."""


@dataclass(frozen=True, eq=False)
class Features:
    """`values` [n, D] of the last hidden layer and `logits` [n, K] of n images; float32."""

    values: Tensor
    logits: Tensor


class Extractor(Protocol):
    """A fixed network that turns images into features.

    Attributes:
        name: that of its `ExtractorSource`.
        weights: SHA-256 of its weights, ``"none"`` if it has none.
        resize: what happens to the images first, in words.
    """

    @property
    def name(self) -> str: ...
    @property
    def weights(self) -> str: ...
    @property
    def resize(self) -> str: ...

    def extract(self, images: Tensor) -> Features:
        """The features of `images`, uint8 [n, C, H, W]; they lie on the CPU."""

    def describe(self) -> dict[str, Any]:
        """What a protocol says of it."""


def available_device() -> torch.device:
    """The GPU if there is one, for programs in which nothing else says where to compute."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def extract_in_batches(
    network: Callable[[Tensor], tuple[Tensor, Tensor]], images: Tensor, batch_size: int, device: torch.device = CPU
) -> Features:
    """`network` of `images` uint8 [n, C, H, W], n > 0, batch after batch on `device`."""
    with torch.inference_mode(), full_precision(device):
        parts = [network(batch.to(device)) for batch in torch.split(images, batch_size)]
        values, logits = (torch.cat(column).cpu() for column in zip(*parts, strict=True))
    return Features(values, logits)
