"""The hinge loss: scores matter only within a margin of 1."""

from __future__ import annotations

from ganlab.variants.base import DCGAN, Defaults, Variant, register

hinge = register(
    Variant(
        name="hinge",
        summary="margin loss for the discriminator, mean score for the generator",
        paper="arXiv:1705.02894",
        discriminator_loss=lambda real, fake: (1 - real).relu().mean() + (1 + fake).relu().mean(),
        generator_loss=lambda real, fake: -fake.mean(),
        separable=True,
        defaults=Defaults(
            source=f"{DCGAN}; SNGAN (arXiv:1802.05957) has the same among its settings; the code of the paper's "
            "authors has RMSProp at 2e-4 and 10 generator updates a discriminator update"
        ),
    )
)
