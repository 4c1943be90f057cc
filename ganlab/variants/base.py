"""The shape of a variant, of a penalty and of a constraint, and the registries of the known ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor

from ganlab.record.optimizers import Adam, CriticWarmup, OptimizerSettings
from ganlab.registry import Registry

Score = Callable[[Tensor], Tensor]
"""Samples [B, ...] to raw scores [B]."""

Loss = Callable[[Tensor, Tensor], Tensor]
"""Raw scores of real [B] and of fake samples [B] to a scalar that its player minimises."""

Parameters = dict[str, Tensor]

PROBES = torch.tensor([[0.5, -1.0, 2.0], [1.0, -3.0, 0.0], [-2.0, 4.0, 3.0], [0.5, 0.0, -1.0]])
"""Scores [B] that losses are tried with; those of any two rows compare both ways."""


DCGAN = "the Adam of DCGAN (arXiv:1511.06434), one discriminator update a generator update"
"""Where the settings of `Defaults` itself are from."""


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
        function: ``(score, real [B, ...], fake [B, ...], u) -> scalar``, `u` uniform on [0, 1).
        two_sided: whether slopes below 1 are charged as well as those above.
        separable: whether it is a mean over samples of terms that no other sample has a part in, so that the penalties
            on the parts of a batch average to that on the whole.
        noise: the shape of `u`: nothing at all, one number a sample [B, 1, ...], or one an element [B, ...]; where it
            is ``both``, `u` is the pair of these two.

    Raises:
        ValueError: the name is that of another stream of random numbers than its own noise.
    """

    name: str
    summary: str
    paper: str = ""
    function: Callable[[Score, Tensor, Tensor, Any], Tensor]
    noise: Literal["none", "sample", "element", "both"] = "none"
    two_sided: bool = False
    separable: bool = False

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
        generator_uses_real: whether the generator's loss depends on the scores of real samples, as relativistic ones
            do. Where it does not, its updates leave those scores out.
        separable: whether both losses are means over samples, or over pairs of a real and a fake sample of one place in
            their batches, so that the losses of the parts of a batch average to that of the whole. Only then can a
            member be trained on several devices.
        optimal_score: what the raw score of the best discriminator is, with p the density of the data and q that of the
            samples: ``"log-ratio"`` if it is log p/q, or "" if it is anything else.

    Raises:
        ValueError: a loss is not one number, that of the generator depends on real scores but does not say so, or one
            is said to be separable and is not.
    """

    name: str
    summary: str = ""
    paper: str = ""
    discriminator_loss: Loss
    generator_loss: Loss
    penalties: Mapping[str, float] = field(default_factory=dict)
    constraints: Mapping[str, float] = field(default_factory=dict)
    generator_uses_real: bool = False
    separable: bool = False
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
        if not self.generator_uses_real and self._generator_depends_on_real():
            raise ValueError(
                f"generator_loss of '{self.name}' depends on the scores of real samples; "
                "set generator_uses_real=True, or it would not be given them"
            )
        for player, loss in (("discriminator", self.discriminator_loss), ("generator", self.generator_loss)):
            if self.separable and not torch.allclose(loss(PROBES[:2].flatten(), PROBES[2:].flatten()), _mean_of(loss)):
                raise ValueError(
                    f"{player}_loss of '{self.name}' is not the mean of those of the halves of a batch; "
                    "set separable=False, or its training on several devices would be wrong"
                )

    def _generator_depends_on_real(self) -> bool:
        fake, *reals = PROBES
        one, *others = (self.generator_loss(real, fake) for real in reals)
        return any(not torch.equal(one, other) for other in others)

    @property
    def separates_means(self) -> bool:
        """Whether the discriminator's loss is the mean score of fake samples less that of real ones."""
        real, *fakes = PROBES
        return all(torch.allclose(self.discriminator_loss(real, fake), fake.mean() - real.mean()) for fake in fakes)


def _mean_of(loss: Loss) -> Tensor:
    """The mean [] of `loss` over the halves of a batch of the probes."""
    return (loss(PROBES[0], PROBES[2]) + loss(PROBES[1], PROBES[3])) / 2


VARIANTS: Registry[Variant] = Registry("variant")
PENALTIES: Registry[Penalty] = Registry("penalty", "penalties")
CONSTRAINTS: Registry[Constraint] = Registry("constraint")

register = VARIANTS.add
register_penalty = PENALTIES.add
register_constraint = CONSTRAINTS.add
