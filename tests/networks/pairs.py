"""Networks as a run has them."""

from __future__ import annotations

from torch import nn

from ganlab.networks import BUILDERS, Build, Classes
from ganlab.options import parse


def build_of(name, options, shape, latent_dim, condition=None) -> Build:
    """Of the builder called `name`, with `options` as a user writes them."""
    builder = BUILDERS[name]
    return Build(builder, parse(builder.options, options, name), shape, latent_dim, condition)


def pair_of(name, options, shape, latent_dim, classes=0) -> tuple[nn.Module, nn.Module]:
    """An initialised generator and discriminator."""
    build = build_of(name, options, shape, latent_dim, Classes(classes) if classes else None)
    networks = {"generator": build.generator(), "discriminator": build.discriminator()}
    build.initialize(networks)
    return networks["generator"], networks["discriminator"]
