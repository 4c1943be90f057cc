"""The hinge loss: scores matter only within a margin of 1."""

from __future__ import annotations

from ganlab.variants.base import Variant, register

hinge = register(
    Variant(
        name="hinge",
        summary="margin loss for the critic, mean score for the generator",
        paper="arXiv:1705.02894",
        discriminator_loss=lambda real, fake: (1 - real).relu().mean() + (1 + fake).relu().mean(),
        generator_loss=lambda real, fake: -fake.mean(),
    )
)
