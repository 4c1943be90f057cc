"""What is read of a discriminator's outputs."""

from __future__ import annotations

import torch
from torch import Tensor


def as_rows(values: Tensor) -> Tensor:
    """Several numbers a sample [B, n] as rows [n, B], each of which lies in memory without gaps.

    Whether a compiled program goes along a column by vectors or one by one, which rounds exponentials and sums
    differently, depends on how many members there are; along a row it always goes by vectors. The product with the
    identity is exact but in tf32, which rounds all products, and, unlike a copy, is not fused away.
    """
    return torch.eye(values.shape[1], device=values.device) @ values.T


def score_readings(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """The mean scores of real and fake samples [B], and the share of pairs of which the real one has the higher one.

    Equal scores count as half.
    """
    accuracy = ((real > fake).float() + (real == fake).float() / 2).mean()
    return {"score_real": real.mean(), "score_fake": fake.mean(), "accuracy": accuracy}
