"""Penalties on the slope of the discriminator, and the clipping of its weights.

The slope at a sample is the Euclidean norm of the discriminator's gradient over all of that sample's elements, never
over the batch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.variants.base import (
    Constraint,
    Parameters,
    Penalty,
    Score,
    register_constraint,
    register_penalty,
)


def input_gradient(score: Score, samples: Tensor) -> Tensor:
    """The gradient of each sample's score with respect to that sample [B, ...].

    The discriminator scores each sample by itself, so the gradient of the summed scores holds every sample's own.
    """
    gradient: Tensor = torch.func.grad(lambda x: score(x).sum())(samples)
    return gradient


def squared_slope(score: Score, samples: Tensor) -> Tensor:
    """The squared slope of the discriminator at each sample [B]."""
    return input_gradient(score, samples).flatten(1).square().sum(1)


def slope(score: Score, samples: Tensor) -> Tensor:
    """The slope of the discriminator at each sample [B]; where it is zero, its own gradient is zero, not NaN."""
    return root(squared_slope(score, samples))


def root(squared: Tensor) -> Tensor:
    """The square root of each element; where it is zero, its gradient is zero, not infinite."""
    flat = squared == 0
    return torch.where(flat, 0.0, torch.where(flat, 1.0, squared).sqrt())


def interpolate(real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """Points on the segments between paired samples, at the fraction `u` [B, 1, ...] from fake to real."""
    return fake + u * (real - fake)


def _gradient_penalty(score: Score, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    return (slope(score, interpolate(real, fake, u)) - 1).square().mean()


def _lipschitz_penalty(score: Score, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    return (slope(score, interpolate(real, fake, u)) - 1).relu().square().mean()


def _divergence_penalty(score: Score, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    """The p-th power of the slope with p = 6, the exponent for which arXiv:1712.01026 settles."""
    return squared_slope(score, interpolate(real, fake, u)).pow(3).mean()


def _dragan_penalty(score: Score, real: Tensor, fake: Tensor, u: tuple[Tensor, Tensor]) -> Tensor:
    """At a point of each sample's own between it and its perturbation, as in the paper's code."""
    fraction, direction = u
    nearby = real + fraction * (0.5 * real.std(correction=0) * direction)
    return (slope(score, nearby) - 1).square().mean()


def _r1(score: Score, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    return squared_slope(score, real).mean() / 2


def _r2(score: Score, real: Tensor, fake: Tensor, u: Tensor) -> Tensor:
    return squared_slope(score, fake).mean() / 2


def _clip_weights(parameters: Parameters, bound: Tensor) -> Parameters:
    return {name: torch.minimum(torch.maximum(value, -bound), bound) for name, value in parameters.items()}


gradient_penalty = register_penalty(
    Penalty(
        name="gradient_penalty",
        summary="(slope - 1)^2 between real and fake",
        paper="arXiv:1704.00028",
        function=_gradient_penalty,
        separable=True,
        noise="sample",
        two_sided=True,
    )
)
lipschitz_penalty = register_penalty(
    Penalty(
        name="lipschitz_penalty",
        summary="max(0, slope - 1)^2 between real and fake",
        paper="arXiv:1709.08894",
        function=_lipschitz_penalty,
        separable=True,
        noise="sample",
    )
)
divergence_penalty = register_penalty(
    Penalty(
        name="divergence_penalty",
        summary="slope^6 between real and fake",
        paper="arXiv:1712.01026",
        function=_divergence_penalty,
        separable=True,
        noise="sample",
    )
)
dragan_penalty = register_penalty(
    Penalty(
        name="dragan_penalty",
        summary="(slope - 1)^2 near real samples",
        paper="arXiv:1705.07215",
        function=_dragan_penalty,
        noise="both",
        two_sided=True,
    )
)
r1_penalty = register_penalty(
    Penalty(name="r1", summary="slope^2 / 2 at real samples", paper="arXiv:1801.04406", function=_r1, separable=True)
)
r2_penalty = register_penalty(
    Penalty(name="r2", summary="slope^2 / 2 at fake samples", paper="arXiv:1801.04406", function=_r2, separable=True)
)
weight_clipping = register_constraint(
    Constraint(
        name="weight_clipping",
        summary="every weight of the discriminator within [-bound, bound]",
        paper="arXiv:1701.07875",
        function=_clip_weights,
    )
)
