"""Normalisation of feature maps."""

from __future__ import annotations

from math import gcd
from typing import Literal

import torch
from torch import Tensor, nn

GeneratorNorm = Literal["batch", "layer", "group", "none"]
DiscriminatorNorm = Literal["batch", "layer", "group", "spectral", "none"]

GROUP_SIZE = 16
"""Channels in a group, one of the two settings of arXiv:1803.08494, table 3."""


def normalization(kind: str, channels: int, affine: bool = True) -> nn.Module:
    """A layer that normalises [B, C, H, W].

    Args:
        kind: `batch` over batch and pixels, by the statistics of the batch at hand; `layer` over the channels and
            pixels of a sample; `group` over pixels and about `GROUP_SIZE` channels of a sample. `spectral` and `none`
            leave the features as they are.
        channels: C.
        affine: whether a gain and a shift for each channel follow.
    """
    match kind:
        case "batch":
            return nn.BatchNorm2d(channels, affine=affine, track_running_stats=False)
        case "layer":
            return nn.GroupNorm(1, channels, affine=affine)
        case "group":
            return nn.GroupNorm(gcd(channels, max(1, channels // GROUP_SIZE)), channels, affine=affine)
        case _:
            return nn.Identity()


class ConditionalNorm(nn.Module):
    """Normalisation, then a gain and a shift for each channel, of each class where there are classes.

    With `batch` and classes, this is the conditional batch normalisation of arXiv:1802.05637.
    """

    def __init__(self, kind: GeneratorNorm, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = normalization(kind, channels, affine=classes == 0)
        self.gain = nn.Parameter(torch.ones(classes, channels)) if classes else None
        self.shift = nn.Parameter(torch.zeros(classes, channels)) if classes else None

    def forward(self, input: Tensor, label: Tensor | None) -> Tensor:
        """Of `input` [B, C, H, W]; `label` [B, classes] is one-hot, None without classes."""
        normalized: Tensor = self.norm(input)
        if label is None or self.gain is None or self.shift is None:
            return normalized
        return normalized * (label @ self.gain)[..., None, None] + (label @ self.shift)[..., None, None]
