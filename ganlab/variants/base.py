"""The shape of a variant, of a penalty and of a constraint, and the registries of the known ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import torch
from pydantic import Field, FiniteFloat, Strict
from torch import Tensor

from ganlab.options import Options
from ganlab.registry import Registry

Critic = Callable[[Tensor], Tensor]
"""Samples [B, ...] to raw scores [B]."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""Raw scores of real [B] and of fake samples [B] to a scalar that its player minimises."""

Parameters = dict[str, Tensor]

PositiveFloat = Annotated[FiniteFloat, Field(gt=0)]
Beta = Annotated[float, Field(ge=0, lt=1)]


PROBES = torch.tensor([[0.5, -1.0, 2.0], [1.0, -3.0, 0.0], [-2.0, 4.0, 3.0], [0.5, 0.0, -1.0]])
"""Scores [B] that losses are tried with; those of any two rows compare both ways."""


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

DCGAN = "the Adam of DCGAN (arXiv:1511.06434), one discriminator update a generator update"
"""Where the settings of `Defaults` itself are from."""


class CriticWarmup(Options):
    """`steps` critic updates in the `first` iterations and in every `every`-th one after them."""

    steps: Annotated[int, Field(ge=1)]
    first: Annotated[int, Field(ge=0)]
    every: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What a variant is trained with unless a sweep says otherwise; the optimiser is that of both players.

    Attributes:
        source: where these settings, and the weights and bounds of the variant, are from, and how they depart from its
            paper and the paper's code.
    """

    optimizer: OptimizerSettings = field(default_factory=Adam)
    critic_steps: int = 1
    critic_warmup: CriticWarmup | None = None
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """A term that is added to the discriminator's loss, times a weight.

    Attributes:
        function: ``(critic, real [B, ...], fake [B, ...], u) -> scalar``, `u` uniform on [0, 1).
        two_sided: whether slopes below 1 are charged as well as those above.
        noise: the shape of `u`: nothing at all, one number a sample [B, 1, ...], or one an element [B, ...]; where it
            is ``both``, `u` is the pair of these two.

    Raises:
        ValueError: the name is that of another stream of random numbers than its own noise.
    """

    name: str
    summary: str
    paper: str = ""
    function: Callable[[Critic, Tensor, Tensor, Any], Tensor]
    noise: Literal["none", "sample", "element", "both"] = "none"
    two_sided: bool = False

    def __post_init__(self) -> None:
        if self.name in ("real", "latent"):
            raise ValueError(f"a penalty cannot be named '{self.name}', as the samples of the batches are")
        _refuse_name_of_a_number("penalty", self.name)


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """A map of the discriminator's parameters that follows each of its updates.

    Attributes:
        function: ``(parameters, bound []) -> parameters``.

    Raises:
        ValueError: the name is that of another number that a schedule may change.
    """

    name: str
    summary: str
    paper: str = ""
    function: Callable[[Parameters, Tensor], Parameters]

    def __post_init__(self) -> None:
        _refuse_name_of_a_number("constraint", self.name)


def _refuse_name_of_a_number(kind: str, name: str) -> None:
    if name in ("lr", "beta1", "beta2", "ema"):
        raise ValueError(f"a {kind} cannot be named '{name}', as what a schedule may change is")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A named GAN objective. Both players minimise, and both losses take the scores of both batches.

    Attributes:
        penalties: weight by the name of a penalty.
        constraints: bound by the name of a constraint.
        optimal_score: what the raw score of the best discriminator is, with p the density of the data and q that of the
            samples: ``"log-ratio"`` if it is log p/q, or "" if it is anything else.

    Raises:
        ValueError: a loss is not one number.
    """

    name: str
    summary: str = ""
    paper: str = ""
    discriminator_loss: Loss
    generator_loss: Loss
    penalties: Mapping[str, float] = field(default_factory=dict)
    constraints: Mapping[str, float] = field(default_factory=dict)
    optimal_score: Literal["", "log-ratio"] = ""
    defaults: Defaults = field(default_factory=Defaults)

    def __post_init__(self) -> None:
        for player, loss in (("discriminator", self.discriminator_loss), ("generator", self.generator_loss)):
            value = loss(*PROBES[:2])
            if not isinstance(value, Tensor) or value.shape != ():
                found = f"shape {list(value.shape)}" if isinstance(value, Tensor) else type(value).__name__
                raise ValueError(
                    f"{player}_loss of '{self.name}' must give one number, a tensor of no axes; got {found}"
                )

    @property
    def generator_sees_real(self) -> bool:
        """Whether the generator's loss depends on the scores of real samples, as relativistic ones do."""
        fake, *reals = PROBES
        one, *others = (self.generator_loss(real, fake) for real in reals)
        return any(not torch.equal(one, other) for other in others)

    @property
    def separates_means(self) -> bool:
        """Whether the discriminator's loss is the mean score of fake samples less that of real ones."""
        real, *fakes = PROBES
        return all(torch.allclose(self.discriminator_loss(real, fake), fake.mean() - real.mean()) for fake in fakes)


VARIANTS: Registry[Variant] = Registry("variant")
PENALTIES: Registry[Penalty] = Registry("penalty", "penalties")
CONSTRAINTS: Registry[Constraint] = Registry("constraint")

register = VARIANTS.add
register_penalty = PENALTIES.add
register_constraint = CONSTRAINTS.add
