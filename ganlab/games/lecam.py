"""The LeCam regulariser (arXiv:2104.03310): scores are held near the average of those of the other kind.

The averages are those of the authors' StyleGAN2 code: of decay 0.99, corrected for their start from zero, and with the
present batch in them. That code leaves out real scores below the average of fake ones and fake scores above the average
of real ones, which the paper does not; this is the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

DECAY = 0.99


def initial_averages() -> dict[str, Tensor]:
    """The extra state before the first update: both averages, and what is left of their start from zero."""
    return {"lecam_real": torch.zeros(()), "lecam_fake": torch.zeros(()), "lecam_start": torch.ones(())}


def next_averages(extra: Mapping[str, Tensor], real_score: Tensor, fake_score: Tensor) -> dict[str, Tensor]:
    """The extra state with the means of the scores [B]."""
    return {
        "lecam_real": DECAY * extra["lecam_real"] + (1 - DECAY) * real_score.detach().mean(),
        "lecam_fake": DECAY * extra["lecam_fake"] + (1 - DECAY) * fake_score.detach().mean(),
        "lecam_start": DECAY * extra["lecam_start"],
    }


def lecam(averages: Mapping[str, Tensor], real_score: Tensor, fake_score: Tensor) -> Tensor:
    """The mean square of real scores [B] less the average of fake ones, plus that the other way round."""
    weight = 1 - averages["lecam_start"]
    average_real, average_fake = averages["lecam_real"] / weight, averages["lecam_fake"] / weight
    return (real_score - average_fake).square().mean() + (fake_score - average_real).square().mean()
