"""The settings of the players' optimisers, and how often the discriminator is updated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, FiniteFloat, SerializeAsAny, Strict

from ganlab.errors import InputError
from ganlab.options import Options, parse
from ganlab.registry import Registry

PositiveFloat = Annotated[FiniteFloat, Field(gt=0)]
LearningRate = Annotated[FiniteFloat, Field(gt=0, le=1e12)]
"""Bounded so that no update with a finite gradient makes a finite weight overflow."""
Beta = Annotated[float, Field(ge=0, le=0.999_999)]
"""Bounded by what float32 tells from one, which corrections for bias divide by the difference from."""
Betas = Annotated[tuple[Beta, Beta], Strict(False)]


class OptimizerSettings(Options):
    """What the settings of every optimiser have. A class of settings has the optimiser's name as its `name`."""

    name: str
    lr: LearningRate


class Adam(OptimizerSettings):
    """Adam (arXiv:1412.6980, Algorithm 1)."""

    name: Literal["adam"] = "adam"
    lr: LearningRate = 2e-4
    betas: Betas = (0.5, 0.999)
    eps: PositiveFloat = 1e-8


class AdamW(OptimizerSettings):
    """Adam with decoupled weight decay (arXiv:1711.05101, Algorithm 2), as in `torch.optim.AdamW`.

    Attributes:
        weight_decay: each update subtracts this share of the weight, times the learning rate.
    """

    name: Literal["adamw"] = "adamw"
    lr: LearningRate = 2e-4
    betas: Betas = (0.5, 0.999)
    eps: PositiveFloat = 1e-8
    weight_decay: Annotated[FiniteFloat, Field(ge=0)] = 1e-2


class OptimisticAdam(OptimizerSettings):
    """Adam that applies each step twice and undoes the previous one (arXiv:1711.00141, Algorithm 1)."""

    name: Literal["optimistic-adam"] = "optimistic-adam"
    lr: LearningRate = 2e-4
    betas: Betas = (0.5, 0.999)
    eps: PositiveFloat = 1e-8


class RMSProp(OptimizerSettings):
    """RMSProp without momentum, the epsilon added to the root (Tieleman and Hinton, 2012)."""

    name: Literal["rmsprop"] = "rmsprop"
    lr: LearningRate = 5e-5
    alpha: Beta = 0.99
    eps: PositiveFloat = 1e-8


class SGD(OptimizerSettings):
    """Gradient descent, with momentum as in `torch.optim.SGD`."""

    name: Literal["sgd"] = "sgd"
    lr: LearningRate = 1e-2
    momentum: Beta = 0.0


BETAS_MAY_CHANGE = (Adam, AdamW)
"""The settings of those whose betas a schedule may change."""


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """A named optimiser; what it computes is in `ganlab.training.optimizers`.

    Attributes:
        settings: what a user may set.
    """

    name: str
    summary: str
    paper: str = ""
    settings: type[OptimizerSettings]


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer")

for _optimizer in (
    Optimizer(name="adam", summary="running moments of the gradient", paper="arXiv:1412.6980", settings=Adam),
    Optimizer(name="adamw", summary="Adam with decoupled weight decay", paper="arXiv:1711.05101", settings=AdamW),
    Optimizer(
        name="optimistic-adam",
        summary="Adam that applies each step twice and undoes the previous one",
        paper="arXiv:1711.00141",
        settings=OptimisticAdam,
    ),
    Optimizer(name="rmsprop", summary="gradients over their running root mean square", settings=RMSProp),
    Optimizer(name="sgd", summary="gradient descent, with momentum if wanted", settings=SGD),
):
    OPTIMIZERS.add(_optimizer)


def parse_optimizer(values: Mapping[str, Any], where: str) -> OptimizerSettings:
    """The settings of the optimiser that `values` name.

    Raises:
        InputError: there is no such optimiser, or a setting of it is wrong.
    """
    name = values.get("name")
    if not isinstance(name, str):
        raise InputError(
            f"{where}: the optimizer needs a name, such as 'name: adam'; known: {', '.join(OPTIMIZERS.names)}"
        )
    try:
        settings = OPTIMIZERS[name].settings
    except InputError as error:
        raise InputError(f"{where}: {error}") from None
    return parse(settings, values, where)


class UnregisteredOptimizer(OptimizerSettings):
    """The settings of an optimiser that is not registered, such as one of a plugin that is not in use."""

    model_config = ConfigDict(extra="allow")


def _by_name(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if isinstance(name := value.get("name"), str) and name not in OPTIMIZERS:
        return UnregisteredOptimizer.model_validate(value)
    try:
        return parse_optimizer(value, "optimizer")
    except InputError as error:
        raise ValueError(str(error)) from None


OptimizerField = Annotated[SerializeAsAny[OptimizerSettings], BeforeValidator(_by_name)]
"""In a spec: the settings of any optimiser; a record can be read without the plugin that its optimiser is of."""


class Lookahead(Options):
    """Lookahead over all players at once (arXiv:2006.14567, Algorithm 1).

    After every `steps` iterations, the parameters of all players are set to the values before those iterations plus the
    share `alpha` of their change since.

    Attributes:
        steps: iterations between two such moves.
        alpha: the share of the change that is kept.
    """

    steps: Annotated[int, Field(ge=1)] = 5
    alpha: Annotated[FiniteFloat, Field(gt=0, le=1)] = 0.5


class CriticWarmup(Options):
    """More discriminator updates in some iterations.

    Attributes:
        steps: updates in these iterations.
        first: so many iterations, from the first on.
        every: and every so many-th one after them.
    """

    steps: Annotated[int, Field(ge=1)]
    first: Annotated[int, Field(ge=0)]
    every: Annotated[int, Field(ge=1)]

    def iterations_before(self, iteration: int) -> int:
        """How many of the first `iteration` iterations have these updates."""
        multiples = -(-iteration // self.every) - -(-self.first // self.every)
        return min(iteration, self.first) + max(0, multiples)
