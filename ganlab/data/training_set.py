"""A fixed set of training samples of a known distribution, in place of fresh draws for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ganlab.options import Options

Draw = Callable[[torch.Generator, int], Tensor]
"""``(generator, count)`` to `count` samples [count, ...], float32."""

SEED = 0


class KnownDistributionOptions(Options):
    """`training_samples` is the size of a fixed set that is drawn once and learnt from, the same for all seeds.

    Without it, every batch is drawn afresh. Either way, generated samples are compared with the distribution.
    """

    training_samples: Annotated[int, Field(ge=2, le=10_000_000)] | None = None


def training_draw(draw: Draw, training_samples: int | None) -> Draw:
    """How batches are drawn: uniformly from the fixed set, if any."""
    if training_samples is None:
        return draw
    samples = draw(torch.Generator().manual_seed(SEED), training_samples)

    def from_the_set(generator: torch.Generator, count: int) -> Tensor:
        return samples[torch.randint(training_samples, (count,), generator=generator)]

    return from_the_set
