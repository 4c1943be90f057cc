"""What is minimised: one definition a variant, one file a family."""

from ganlab.record.optimizers import SGD, Adam, CriticWarmup, RMSProp
from ganlab.variants import adversarial, f_divergences, least_squares, margin, penalties, relativistic, wasserstein
from ganlab.variants.base import (
    CONSTRAINTS,
    PENALTIES,
    VARIANTS,
    Constraint,
    Critic,
    Defaults,
    Loss,
    Parameters,
    Penalty,
    Variant,
    register,
    register_constraint,
    register_penalty,
)

__all__ = [
    "CONSTRAINTS",
    "PENALTIES",
    "SGD",
    "VARIANTS",
    "Adam",
    "Constraint",
    "Critic",
    "CriticWarmup",
    "Defaults",
    "Loss",
    "Parameters",
    "Penalty",
    "RMSProp",
    "Variant",
    "adversarial",
    "f_divergences",
    "least_squares",
    "margin",
    "penalties",
    "register",
    "register_constraint",
    "register_penalty",
    "relativistic",
    "wasserstein",
]
