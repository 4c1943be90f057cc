"""The shape of a builder, and the registry of the known ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from torch import nn

from ganlab.networks.conditioning import Condition
from ganlab.options import Options
from ganlab.registry import Registry


class BuildGenerator(Protocol):
    """Makes a generator ``(latent [B, inputs], condition) -> samples [B, *sample_shape]``."""

    def __call__(self, sample_shape: tuple[int, ...], inputs: int, condition: Condition, options: Any) -> nn.Module: ...


class BuildDiscriminator(Protocol):
    """Makes a discriminator ``(samples [B, *sample_shape], condition, side [B, side]) -> [B, outputs]``.

    Where `outputs` is None, it gives scores [B]. Where `side` is 0, it takes no side vector.
    """

    def __call__(
        self, sample_shape: tuple[int, ...], outputs: int | None, side: int, condition: Condition, options: Any
    ) -> nn.Module: ...


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Makes the networks of a game.

    The networks are plain modules whose forward pass is a function of parameters and input alone: no buffer is written
    and nothing is drawn. Condition and side vector are optional arguments of the forward pass; the condition is given
    as labels [B], int64, or as numbers [B, size]. Initial parameters come from torch's global generator. A sample
    shape or a condition that the builder cannot make networks for is an InputError.

    Attributes:
        options: what a user may set.
        generator: makes a generator, or whatever else gives samples.
        discriminator: makes a discriminator, or whatever else takes samples, such as an encoder.
        initialize: ``(network, options)``, sets the initial parameters of a network in place; it is called for each
            network, in their order, after all of a run are made. None where they have them from the start.
        convolutional: the networks are made of convolutions. Those gain nothing from a population on a CPU, so
            members of such networks train one a program there.
        separable: whether the output for a sample depends on no other sample of its batch, but for batch normalisation,
            which is found by itself. Only then can a member be trained on several devices.
    """

    name: str
    summary: str
    paper: str = ""
    options: type[Options]
    generator: BuildGenerator
    discriminator: BuildDiscriminator
    initialize: Callable[[nn.Module, Any], None] | None = None
    convolutional: bool = False
    separable: bool = False


BUILDERS: Registry[Builder] = Registry("builder")
register = BUILDERS.add
