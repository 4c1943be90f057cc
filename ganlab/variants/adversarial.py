"""The original objective: the discriminator classifies real against fake by their logits."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from ganlab.record.optimizers import Adam, RMSProp
from ganlab.variants.base import DCGAN, Defaults, Variant, register


def classify(real: Tensor, fake: Tensor) -> Tensor:
    """The cross-entropy of the discriminator, -log s(real) - log(1 - s(fake)) with the logistic s."""
    return softplus(-real).mean() + softplus(fake).mean()


def fool(real: Tensor, fake: Tensor) -> Tensor:
    """The non-saturating loss of the generator, -log s(fake)."""
    return softplus(-fake).mean()


minimax = register(
    Variant(
        name="minimax",
        summary="saturating: the generator minimises log(1 - D(G(z)))",
        paper="arXiv:1406.2661",
        discriminator_loss=classify,
        generator_loss=lambda real, fake: -softplus(fake).mean(),
        separable=True,
        optimal_score="log-ratio",
        defaults=Defaults(source=f"{DCGAN}; the paper trains with momentum"),
    )
)
vanilla = register(
    Variant(
        name="vanilla",
        summary="non-saturating: the generator minimises -log D(G(z))",
        paper="arXiv:1406.2661",
        discriminator_loss=classify,
        generator_loss=fool,
        separable=True,
        optimal_score="log-ratio",
        defaults=Defaults(source=f"{DCGAN}; the paper trains with momentum"),
    )
)
dragan = register(
    Variant(
        name="dragan",
        summary="vanilla with unit slope near the data",
        paper="arXiv:1705.07215",
        discriminator_loss=classify,
        generator_loss=fool,
        separable=True,
        penalties={"dragan_penalty": 10.0},
        defaults=Defaults(optimizer=Adam(lr=1e-4, betas=(0.5, 0.9)), source="the code of the paper's authors"),
    )
)
r1 = register(
    Variant(
        name="r1",
        summary="vanilla with zero slope at the data",
        paper="arXiv:1801.04406",
        discriminator_loss=classify,
        generator_loss=fool,
        separable=True,
        penalties={"r1": 10.0},
        defaults=Defaults(
            optimizer=RMSProp(lr=1e-4),
            source="the paper; its code weighs slope^2 with 10, without the half, which is a weight of 20 here",
        ),
    )
)
