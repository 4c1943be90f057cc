"""The Wasserstein-1 distance by its dual, and kin: the discriminator separates means as far as its slope allows."""

from __future__ import annotations

from torch import Tensor

from ganlab.record.optimizers import Adam, CriticWarmup, RMSProp
from ganlab.variants.base import Defaults, Variant, register


def separate(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's loss; its negative estimates the distance."""
    return fake.mean() - real.mean()


def approach(real: Tensor, fake: Tensor) -> Tensor:
    """The generator's loss."""
    return -fake.mean()


_PENALISED = Adam(lr=1e-4, betas=(0.0, 0.9))

wgan = register(
    Variant(
        name="wgan",
        summary="slope bounded by clipping the discriminator's weights",
        paper="arXiv:1701.07875",
        discriminator_loss=separate,
        generator_loss=approach,
        separable=True,
        constraints={"weight_clipping": 0.01},
        defaults=Defaults(
            optimizer=RMSProp(lr=5e-5),
            critic_steps=5,
            critic_warmup=CriticWarmup(steps=100, first=25, every=500),
            source="the paper; extra discriminator updates as in the code of its authors",
        ),
    )
)
wgan_gp = register(
    Variant(
        name="wgan-gp",
        summary="slope drawn to 1 by a two-sided gradient penalty",
        paper="arXiv:1704.00028",
        discriminator_loss=separate,
        generator_loss=approach,
        separable=True,
        penalties={"gradient_penalty": 10.0},
        defaults=Defaults(optimizer=_PENALISED, critic_steps=5, source="algorithm 1 of the paper"),
    )
)
wgan_lp = register(
    Variant(
        name="wgan-lp",
        summary="slope held at or below 1 by a one-sided penalty",
        paper="arXiv:1709.08894",
        discriminator_loss=separate,
        generator_loss=approach,
        separable=True,
        penalties={"lipschitz_penalty": 10.0},
        defaults=Defaults(
            optimizer=_PENALISED,
            critic_steps=5,
            source="algorithm 1 of WGAN-GP (arXiv:1704.00028); the paper's own optimiser was not looked up",
        ),
    )
)
wgan_div = register(
    Variant(
        name="wgan-div",
        summary="slope drawn to 0 by its sixth power between real and fake",
        paper="arXiv:1712.01026",
        discriminator_loss=separate,
        generator_loss=approach,
        separable=True,
        penalties={"divergence_penalty": 2.0},
        defaults=Defaults(
            optimizer=Adam(lr=2e-4, betas=(0.0, 0.9)),
            critic_steps=4,
            source="k = 2 and p = 6 of the paper; optimiser, discriminator updates and points of the slope as in the "
            "code of its authors, which weighs slope^6 with 10",
        ),
    )
)
