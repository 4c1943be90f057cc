"""What is read of a discriminator's scores."""

from __future__ import annotations

from torch import Tensor


def score_readings(real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """The mean scores of real and fake samples [B], and the share of pairs of which the real one has the higher one.

    Equal scores count as half.
    """
    accuracy = ((real > fake).float() + (real == fake).float() / 2).mean()
    return {"score_real": real.mean(), "score_fake": fake.mean(), "accuracy": accuracy}
