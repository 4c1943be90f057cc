"""Optimisers as pure functions of one member's tensors, so that they can be lifted over a population."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from ganlab.variants import Adam, OptimizerSettings, Parameters


class OptimizerState(NamedTuple):
    """Running moments of the gradient; RMSProp leaves `first` empty.

    Attributes:
        step: how many updates were made [].
        fading: what is left of the moments' initial zeros [2], beta1^step and beta2^step. Powers are multiplied up,
            because a vectorised power may round otherwise than a single one, and then bits would depend on S.
    """

    step: Tensor
    fading: Tensor
    first: Parameters
    second: Parameters


def initial_optimizer_state(settings: OptimizerSettings, parameters: Parameters) -> OptimizerState:
    """Zero moments for `parameters`."""
    zeros = {name: torch.zeros_like(value) for name, value in parameters.items()}
    first = {name: value.clone() for name, value in zeros.items()} if isinstance(settings, Adam) else {}
    return OptimizerState(torch.zeros(()), torch.ones(2), first, zeros)


def optimize(
    settings: OptimizerSettings,
    lr: Tensor,
    parameters: Parameters,
    gradients: Parameters,
    state: OptimizerState,
) -> tuple[Parameters, OptimizerState]:
    """One update of `parameters` against `gradients`, at the learning rate `lr` []."""
    if isinstance(settings, Adam):
        return _adam(settings, lr, parameters, gradients, state)
    second = {
        name: settings.alpha * state.second[name] + (1 - settings.alpha) * gradient.square()
        for name, gradient in gradients.items()
    }
    moved = {
        name: value - lr * gradients[name] / (second[name].sqrt() + settings.eps) for name, value in parameters.items()
    }
    return moved, OptimizerState(state.step + 1, state.fading, {}, second)


def _adam(
    settings: Adam, lr: Tensor, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    """arXiv:1412.6980, Algorithm 1, in the order of operations of `torch.optim.Adam`."""
    beta1, beta2 = settings.betas
    fading = torch.stack([state.fading[0] * beta1, state.fading[1] * beta2])
    size = lr / (1 - fading[0])
    root = (1 - fading[1]).sqrt()
    first = {name: beta1 * state.first[name] + (1 - beta1) * g for name, g in gradients.items()}
    second = {name: beta2 * state.second[name] + (1 - beta2) * g.square() for name, g in gradients.items()}
    moved = {
        name: value - size * first[name] / (second[name].sqrt() / root + settings.eps)
        for name, value in parameters.items()
    }
    return moved, OptimizerState(state.step + 1, fading, first, second)
