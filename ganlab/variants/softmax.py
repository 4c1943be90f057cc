"""Softmax GAN (arXiv:1704.06191): the scores of real and fake samples together are one distribution over the batch."""

from __future__ import annotations

import torch
from torch import Tensor

from ganlab.variants.base import DCGAN, Defaults, Variant, register


def _cross_entropy_to_real(real: Tensor, fake: Tensor) -> Tensor:
    """Of the target that gives each real sample the same share, and fake ones none."""
    return torch.cat([real, fake]).logsumexp(0) - real.mean()


def _cross_entropy_to_all(real: Tensor, fake: Tensor) -> Tensor:
    """Of the target that gives every sample the same share."""
    both = torch.cat([real, fake])
    return both.logsumexp(0) - both.mean()


softmax_gan = register(
    Variant(
        name="softmax-gan",
        summary="cross-entropy of the softmax over a batch: mass on the real samples, for the generator on all alike",
        paper="arXiv:1704.06191",
        discriminator_loss=_cross_entropy_to_real,
        generator_loss=_cross_entropy_to_all,
        generator_uses_real=True,
        defaults=Defaults(
            source=f"{DCGAN}; the paper's own settings were not looked up; its scores have the opposite sign"
        ),
    )
)
