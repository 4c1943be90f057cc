"""Builders: each makes one (generator, discriminator) pair of plain modules."""

from ganlab.networks import mlp
from ganlab.networks.base import BUILDERS, Builder, register

__all__ = ["BUILDERS", "Builder", "mlp", "register"]
