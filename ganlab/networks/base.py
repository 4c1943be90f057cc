"""The shape of a builder, and the registry of the known ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from ganlab.options import Options
from ganlab.registry import Registry


@dataclass(frozen=True, kw_only=True)
class Builder:
    """Makes one (generator, discriminator) pair.

    Attributes:
        build: ``(sample_shape, latent_dim, classes, options) -> (generator, discriminator)``. The generator maps
            latents [B, latent_dim] to samples [B, *sample_shape], the discriminator samples to scores [B]; with
            `classes` > 0 each also takes the labels [B], int64 in 0..classes-1, as a second input. Both are plain
            modules whose forward pass is a function of parameters and input alone: no buffer is written and
            nothing is drawn. Initial parameters come from torch's global generator. A sample shape that the
            builder cannot make is an InputError.
        convolutional: the networks are made of convolutions. Those gain nothing from a population on a CPU, so
            members of such networks train one a program there.
    """

    name: str
    summary: str
    paper: str = ""
    options: type[Options]
    build: Callable[[tuple[int, ...], int, int, Any], tuple[nn.Module, nn.Module]]
    convolutional: bool = False


BUILDERS: Registry[Builder] = Registry("builder")
register = BUILDERS.add
