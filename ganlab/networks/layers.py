"""Layers whose forward pass is a pure function of parameters and input."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear

SQUARINGS = 8
"""Each doubles the number of steps of the power iteration; 512 of them give a norm within 0.1% for initial weights."""


def spectral_norm(weight: Tensor) -> Tensor:
    """The largest singular value [] of `weight` [m, n], estimated from below by power iteration.

    The iteration runs on all directions at once, by repeated squaring of ``weight @ weight.T``, so the value depends
    on `weight` alone: with k = 512 steps and singular values s, it is ``sqrt(sum(s**(2k+2)) / sum(s**(2k)))``. The
    last doubling takes no product of its own: it is in the squares of the two norms of the result. That of a single
    row or column is its length. The gradient
    treats the singular vectors as constants (arXiv:1802.05957, Algorithm 1). It is computed in float32 under autocast
    too: squaring needs its range and its digits.
    """
    if weight.shape[0] > weight.shape[1]:
        weight = weight.T
    if weight.shape[0] == 1:  # for which the compiler would write all squarings out as one exponentially long formula
        return weight.square().sum().sqrt()
    fixed = weight.detach()
    with torch.autocast(weight.device.type, enabled=False):
        power = _of_trace_one(fixed @ fixed.T)
        for _ in range(SQUARINGS):
            power = _of_trace_one(power @ power)
        return ((power @ weight).square().sum() / power.square().sum()).sqrt()


def _of_trace_one(matrix: Tensor) -> Tensor:
    return matrix / matrix.diagonal().sum()


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


class Maxout(nn.Module):
    """The largest of every `pieces` neighbouring features (arXiv:1302.4389)."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, input: Tensor) -> Tensor:
        """[B, F * pieces] to [B, F]."""
        return input.reshape(*input.shape[:-1], -1, self.pieces).amax(-1)
