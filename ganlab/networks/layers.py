"""Layers whose forward pass is a pure function of parameters and input."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear, normalize

POWER_ITERATIONS = 24
"""Enough for a norm within 6% at a width of 32, where the largest singular values may lie close together, and of the
initial weights of convolutions."""


def spectral_norm(weight: Tensor) -> Tensor:
    """The largest singular value [] of `weight` [m, n], estimated from below by power iteration.

    The iteration begins at the same direction each time, so the value depends on `weight` alone; its gradient
    treats the singular vectors as constants (arXiv:1802.05957, Algorithm 1).
    """
    fixed = weight.detach()
    v = normalize(fixed.sum(0), dim=0)
    u = normalize(fixed @ v, dim=0)
    for _ in range(POWER_ITERATIONS):
        v = normalize(fixed.T @ u, dim=0)
        u = normalize(fixed @ v, dim=0)
    return torch.dot(u, weight @ v)


class SpectralLinear(nn.Linear):
    """A linear layer whose weight is divided by its spectral norm (arXiv:1802.05957)."""

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight / spectral_norm(self.weight), self.bias)


class SpectralConv2d(nn.Conv2d):
    """A convolution whose weight, as a matrix [out, in * height * width], is divided by its spectral norm.

    That is the normalisation of arXiv:1802.05957; it bounds the matrix and not quite the convolution itself.
    """

    def forward(self, input: Tensor) -> Tensor:
        weight = self.weight / spectral_norm(self.weight.flatten(1))
        return conv2d(input, weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


def weight_layers(norm: str) -> tuple[type[nn.Conv2d], type[nn.Linear]]:
    """The convolution and the linear layer of a discriminator whose normalisation is called `norm`."""
    return (SpectralConv2d, SpectralLinear) if norm == "spectral" else (nn.Conv2d, nn.Linear)
