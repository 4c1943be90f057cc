"""Builders: each makes one (generator, discriminator) pair of plain modules."""

from ganlab.networks import dcgan, mlp, resnet
from ganlab.networks.base import BUILDERS, Builder, register
from ganlab.networks.statistics import fix_statistics, uses_batch_statistics

__all__ = [
    "BUILDERS",
    "Builder",
    "dcgan",
    "fix_statistics",
    "mlp",
    "register",
    "resnet",
    "uses_batch_statistics",
]
