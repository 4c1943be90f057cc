"""The settings of the players' optimisers, and how often the discriminator is updated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, Strict

from ganlab.options import Options

PositiveFloat = Annotated[FiniteFloat, Field(gt=0)]
Beta = Annotated[float, Field(ge=0, lt=1)]


class Adam(Options):
    """Adam (arXiv:1412.6980, Algorithm 1)."""

    name: Literal["adam"] = "adam"
    lr: PositiveFloat = 2e-4
    betas: Annotated[tuple[Beta, Beta], Strict(False)] = (0.5, 0.999)
    eps: PositiveFloat = 1e-8


class RMSProp(Options):
    """RMSProp without momentum, the epsilon added to the root (Tieleman and Hinton, 2012)."""

    name: Literal["rmsprop"] = "rmsprop"
    lr: PositiveFloat = 5e-5
    alpha: Beta = 0.99
    eps: PositiveFloat = 1e-8


class SGD(Options):
    """Gradient descent, with momentum as in `torch.optim.SGD`."""

    name: Literal["sgd"] = "sgd"
    lr: PositiveFloat = 1e-2
    momentum: Beta = 0.0


OptimizerSettings = Adam | RMSProp | SGD


class CriticWarmup(Options):
    """`steps` critic updates in the `first` iterations and in every `every`-th one after them."""

    steps: Annotated[int, Field(ge=1)]
    first: Annotated[int, Field(ge=0)]
    every: Annotated[int, Field(ge=1)]

    def iterations_before(self, iteration: int) -> int:
        """How many of the first so many iterations have these updates."""
        multiples = -(-iteration // self.every) - -(-self.first // self.every)
        return min(iteration, self.first) + max(0, multiples)


class Lookahead(Options):
    """Every `steps` iterations, slow parameters go the share `alpha` of the way to the players', which go back to them.

    It is the LookAhead-minmax of arXiv:2006.14567, algorithm 1.
    """

    steps: Annotated[int, Field(ge=1)] = 5
    alpha: Annotated[float, Field(gt=0, lt=1)] = 0.5
