"""Least squares: scores are regressed on 1 for real and 0 for fake."""

from __future__ import annotations

from ganlab.variants.base import DCGAN, Defaults, Variant, register

lsgan = register(
    Variant(
        name="lsgan",
        summary="raw scores regressed on 1 (real) and 0 (fake)",
        paper="arXiv:1611.04076",
        discriminator_loss=lambda real, fake: ((real - 1).square().mean() + fake.square().mean()) / 2,
        generator_loss=lambda real, fake: (fake - 1).square().mean() / 2,
        separable=True,
        defaults=Defaults(source=f"{DCGAN}; the code of the paper's authors has Adam at 1e-3 for scenes"),
    )
)
