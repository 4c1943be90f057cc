"""Optimisers as pure functions of one member's tensors, so that they can be lifted over a population."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from ganlab.record.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    OptimisticAdam,
    Optimizer,
    OptimizerSettings,
    RMSProp,
)
from ganlab.variants import Parameters

Tree = TypeVar("Tree")


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

    def after_update(self) -> Rates:
        """Those of the next update, with the same learning rate and betas."""
        if not self.moments:
            return self
        corrections = 1 - (1 - self.moments.corrections) * self.moments.betas
        return Rates(self.lr, self.moments._replace(corrections=corrections))


@dataclass(frozen=True)
class Rule:
    """What an optimiser computes, as pure functions of one member's tensors that draw nothing at random.

    Attributes:
        initial: ``(settings, parameters) -> state`` before the first update.
        update: ``(settings, rates, parameters, gradients, state) -> (parameters, state)``; the new state counts the
            update in `step`. What it needs beyond two moments goes into `first` and `second`, under names of its own.
    """

    initial: Callable[[Any, Parameters], OptimizerState]
    update: Callable[[Any, Rates, Parameters, Parameters, OptimizerState], tuple[Parameters, OptimizerState]]


def register(optimizer: Optimizer, rule: Rule) -> Optimizer:
    """Make `optimizer` known by its name, in sweeps and in training, and return it.

    Raises:
        InputError: another optimiser already has that name.
    """
    OPTIMIZERS.add(optimizer)
    RULES[optimizer.settings] = rule
    return optimizer


def initial_optimizer_state(settings: OptimizerSettings, parameters: Parameters) -> OptimizerState:
    """The state of the optimiser with `settings` before its first update of `parameters`."""
    return RULES[type(settings)].initial(settings, parameters)


def optimize(
    settings: OptimizerSettings,
    rates: Rates,
    parameters: Parameters,
    gradients: Parameters,
    state: OptimizerState,
) -> tuple[Parameters, OptimizerState]:
    """One update of `parameters` against `gradients`."""
    return RULES[type(settings)].update(settings, rates, parameters, gradients, state)


def _state(first: Parameters, second: Parameters) -> OptimizerState:
    """Zero moments for each of the parameters `first` and `second`."""
    moments = ({name: torch.zeros_like(value) for name, value in one.items()} for one in (first, second))
    return OptimizerState(torch.zeros(()), torch.ones(2), *moments)


def _sgd(
    settings: SGD, rates: Rates, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    """The velocity is the sum of all gradients, each faded by the momentum since; without momentum, the last one."""
    velocity = {name: settings.momentum * value + gradients[name] for name, value in state.first.items()}
    moved = {name: value - rates.lr * (velocity or gradients)[name] for name, value in parameters.items()}
    return moved, OptimizerState(state.step + 1, state.fading, velocity, {})


def _rmsprop(
    settings: RMSProp, rates: Rates, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    second = {
        name: settings.alpha * state.second[name] + (1 - settings.alpha) * gradient.square()
        for name, gradient in gradients.items()
    }
    moved = {
        name: value - rates.lr * gradients[name] / (_root(second[name]) + settings.eps)
        for name, value in parameters.items()
    }
    return moved, OptimizerState(state.step + 1, state.fading, {}, second)


def _adam(
    settings: Adam | AdamW, rates: Rates, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    """arXiv:1412.6980, Algorithm 1, in the order of operations of `torch.optim.Adam`."""
    beta1, beta2 = settings.betas
    fading = torch.stack([state.fading[0] * beta1, state.fading[1] * beta2])
    constant = ((beta1, beta2), (1 - beta1, 1 - beta2), (1 - fading[0], 1 - fading[1]))
    betas, rests, corrections = rates.moments or constant
    size = rates.lr / corrections[0]
    correction = corrections[1].sqrt()
    first = {name: betas[0] * state.first[name] + rests[0] * g for name, g in gradients.items()}
    second = {name: betas[1] * state.second[name] + rests[1] * g.square() for name, g in gradients.items()}
    moved = {
        name: value - size * first[name] / (_root(second[name]) / correction + settings.eps)
        for name, value in parameters.items()
    }
    return moved, OptimizerState(state.step + 1, fading, first, second)


def _adamw(
    settings: AdamW, rates: Rates, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    """arXiv:1711.05101, Algorithm 2, in the order of operations of `torch.optim.AdamW`."""
    kept = 1 - rates.lr * settings.weight_decay
    decayed = {name: value * kept for name, value in parameters.items()}
    return _adam(settings, rates, decayed, gradients, state)


def _optimistic_adam(
    settings: OptimisticAdam, rates: Rates, parameters: Parameters, gradients: Parameters, state: OptimizerState
) -> tuple[Parameters, OptimizerState]:
    """arXiv:1711.00141, Algorithm 1. The step before the first one is zero."""
    beta1, beta2 = settings.betas
    new = OptimizerState(
        state.step + 1,
        torch.stack([state.fading[0] * beta1, state.fading[1] * beta2]),
        {name: beta1 * state.first[name] + (1 - beta1) * g for name, g in gradients.items()},
        {name: beta2 * state.second[name] + (1 - beta2) * g.square() for name, g in gradients.items()},
    )
    now, before = _directions(settings.eps, new), _directions(settings.eps, state)
    moved = {name: value - 2 * rates.lr * now[name] + rates.lr * before[name] for name, value in parameters.items()}
    return moved, new


def _directions(eps: float, state: OptimizerState) -> Parameters:
    """The steps of Adam at a learning rate of 1, from a state's moments; zero before the first update."""
    corrections = torch.where(state.fading < 1, 1 - state.fading, 1)
    correction = corrections[1].sqrt()
    return {
        name: first / corrections[0] / (_root(state.second[name]) / correction + eps)
        for name, first in state.first.items()
    }


def _root(squared: Tensor) -> Tensor:
    """The square root, whose gradient at zero is zero, not infinite.

    Squares below the smallest normal number count as it: beside `eps` the root of either is nothing.
    """
    return squared.clamp(min=torch.finfo(squared.dtype).tiny).sqrt()


def _two_moments(settings: OptimizerSettings, parameters: Parameters) -> OptimizerState:
    return _state(parameters, parameters)


RULES: dict[type[OptimizerSettings], Rule] = {
    Adam: Rule(_two_moments, _adam),
    AdamW: Rule(_two_moments, _adamw),
    OptimisticAdam: Rule(_two_moments, _optimistic_adam),
    RMSProp: Rule(lambda settings, parameters: _state({}, parameters), _rmsprop),
    SGD: Rule(lambda settings, parameters: _state(parameters if settings.momentum > 0 else {}, {}), _sgd),
}
"""By the class of the settings: of two texts of one plugin, each has its own."""


def lookahead(fast: Tree, slow: Tree, alpha: float) -> Tree:
    """Where the players go back to after some iterations of lookahead (arXiv:2006.14567, Algorithm 1).

    They are the new slow parameters too. All players go back at the same time.

    Args:
        fast: the parameters [...] of all players after the iterations, in any nesting.
        slow: those before, in the same nesting.
        alpha: the share of the way from slow to fast that is kept.
    """
    moved: Tree = tree_map(lambda to, start: start + alpha * (to - start), fast, slow)
    return moved
