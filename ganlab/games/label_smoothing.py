"""One-sided label smoothing (arXiv:1606.03498, section 3.4): a share of the real labels is that of fake samples."""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor

from ganlab.errors import InputError
from ganlab.variants import Loss, Variant
from ganlab.variants.base import PROBES


def smoothed(loss: Loss, real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """`loss` of the scores [B], where the `share` [] of each real sample is labelled fake.

    For a loss a(real) + b(fake) this is (1 - share) a(real) + share b(real) + b(fake), up to a constant.
    """
    zeros = torch.zeros_like(real)
    return loss(real, fake) + share * (loss(zeros, real) - loss(real, zeros))


def require_additive(variant: Variant) -> None:
    """Check that the discriminator's loss is one of real scores plus one of fake scores; found by trying it.

    Raises:
        InputError: it is not, and has no labels to smooth.
    """
    loss = variant.discriminator_loss
    for one, other in combinations(PROBES, 2):
        if not torch.allclose(loss(one, one) + loss(other, other), loss(one, other) + loss(other, one)):
            raise InputError(
                f"label_smoothing needs a loss of real scores plus one of fake scores, and that of '{variant.name}' "
                "compares the two; leave label_smoothing out, or choose a variant such as vanilla"
            )
