"""Builders: each makes the networks of a game, as plain modules."""

from ganlab.networks import dcgan, mlp, resnet
from ganlab.networks.base import BUILDERS, Builder, register
from ganlab.networks.build import Build
from ganlab.networks.conditioning import Classes, Condition, Vector
from ganlab.networks.own import own_builder
from ganlab.networks.statistics import fix_statistics, uses_batch_statistics

__all__ = [
    "BUILDERS",
    "Build",
    "Builder",
    "Classes",
    "Condition",
    "Vector",
    "dcgan",
    "fix_statistics",
    "mlp",
    "own_builder",
    "register",
    "resnet",
    "uses_batch_statistics",
]
