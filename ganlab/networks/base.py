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
        build: ``(sample_shape, latent_dim, options) -> (generator, discriminator)``. The generator maps
            latents [B, latent_dim] to samples [B, *sample_shape], the discriminator samples to scores [B].
            Both are plain modules whose forward pass is a function of parameters and input alone: no buffer
            is written and nothing is drawn. Initial parameters come from torch's global generator.
    """

    name: str
    summary: str
    paper: str = ""
    options: type[Options]
    build: Callable[[tuple[int, ...], int, Any], tuple[nn.Module, nn.Module]]


BUILDERS: Registry[Builder] = Registry("builder")
register = BUILDERS.add
