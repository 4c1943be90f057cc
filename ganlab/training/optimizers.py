"""Optimisers as pure functions of one member's tensors, so that they can be lifted over a population."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ganlab.record.optimizers import SGD, Adam, OptimizerSettings, RMSProp
from ganlab.variants import Parameters


class OptimizerState(NamedTuple):
    """Running moments of the gradient. RMSProp leaves `first` empty, and SGD `second` and, without momentum, `first`.

    Attributes:
        step: how many updates were made [].
        fading: what is left of the moments' initial zeros [2], beta1^step and beta2^step. Powers are multiplied up,
            because a vectorised power may round otherwise than a single one, and then bits would depend on S.
    """

    step: Tensor
    fading: Tensor
    first: Parameters
    second: Parameters


class Moments(NamedTuple):
    """What Adam's update takes where betas change over a run: beta1 and beta2 now, each quantity [2].

    Attributes:
        rests: 1 - beta.
        corrections: 1 - beta^t of the t-th update, as `torch.optim.Adam` has it whatever the betas were before.
    """

    betas: Tensor
    rests: Tensor
    corrections: Tensor


class Rates(NamedTuple):
    """The numbers of one player's optimiser now: its learning rate [], and `moments` where its betas change, or ()."""

    lr: Tensor
    moments: Moments | tuple[()] = ()


def initial_optimizer_state(settings: OptimizerSettings, parameters: Parameters) -> OptimizerState:
    """Zero moments for `parameters`."""
    has_first = isinstance(settings, Adam) or (isinstance(settings, SGD) and settings.momentum > 0)
    first, second = (
        {name: torch.zeros_like(value) for name, value in parameters.items()} if there else {}
        for there in (has_first, not isinstance(settings, SGD))
    )
    return OptimizerState(torch.zeros(()), torch.ones(2), first, second)


def optimize(
    settings: OptimizerSettings,
    rates: Rates,
    parameters: Parameters,
    gradients: Parameters,
    state: OptimizerState,
) -> tuple[Parameters, OptimizerState]:
    """One update of `parameters` against `gradients`."""
    match settings:
        case Adam():
            return _adam(settings, rates, parameters, gradients, state)
        case RMSProp():
            return _rmsprop(settings, rates.lr, parameters, gradients, state)
        case SGD():
            return _sgd(settings, rates.lr, parameters, gradients, state)


def _root(moment: Tensor) -> Tensor:
    """The square root of a second moment, whose derivative at 0 is 0 and not infinite.

    Where an update is differentiated, a parameter that never had a gradient would otherwise make it NaN.
    """
    zero = moment == 0
    return torch.where(zero, 0.0, torch.where(zero, 1.0, moment).sqrt())


def _sgd(
    settings: SGD, lr: Tensor, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    """The velocity is the sum of all gradients, each faded by the momentum since; without momentum, the last one."""
    velocity = {name: settings.momentum * value + gradients[name] for name, value in state.first.items()}
    moved = {name: value - lr * (velocity or gradients)[name] for name, value in parameters.items()}
    return moved, OptimizerState(state.step + 1, state.fading, velocity, {})


def _rmsprop(
    settings: RMSProp, lr: Tensor, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    second = {
        name: settings.alpha * state.second[name] + (1 - settings.alpha) * gradient.square()
        for name, gradient in gradients.items()
    }
    moved = {
        name: value - lr * gradients[name] / (_root(second[name]) + settings.eps) for name, value in parameters.items()
    }
    return moved, OptimizerState(state.step + 1, state.fading, {}, second)


def _adam(
    settings: Adam, rates: Rates, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    """arXiv:1412.6980, Algorithm 1, in the order of operations of `torch.optim.Adam`."""
    beta1, beta2 = settings.betas
    fading = torch.stack([state.fading[0] * beta1, state.fading[1] * beta2])
    constant = ((beta1, beta2), (1 - beta1, 1 - beta2), (1 - fading[0], 1 - fading[1]))
    betas, rests, corrections = rates.moments or constant
    size = rates.lr / corrections[0]
    root = corrections[1].sqrt()
    first = {name: betas[0] * state.first[name] + rests[0] * g for name, g in gradients.items()}
    second = {name: betas[1] * state.second[name] + rests[1] * g.square() for name, g in gradients.items()}
    moved = {
        name: value - size * first[name] / (_root(second[name]) / root + settings.eps)
        for name, value in parameters.items()
    }
    return moved, OptimizerState(state.step + 1, fading, first, second)
