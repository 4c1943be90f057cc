"""In which precision networks compute, and the scaling that keeps fp16's gradients from vanishing."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from ganlab.record.spec import Precision

AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}

FIRST_SCALE = 2.0**16
LARGEST_SCALE = 2.0**24
GROWTH_AFTER = 2_000
"""Updates without an overflow after which the scale doubles."""

Scaling = dict[str, Tensor]
"""``scale`` [] of the loss, and ``steady`` [], the updates since it last changed; empty where nothing is scaled."""


def autocast(precision: Precision, device: str) -> AbstractContextManager[object]:
    """What the networks' forward passes run in."""
    dtype = AUTOCAST.get(precision)
    return nullcontext() if dtype is None else torch.autocast(device, dtype)


def initial_scaling(precision: Precision) -> Scaling:
    """The scaling before the first update."""
    if precision != "fp16":
        return {}
    return {"scale": torch.tensor(FIRST_SCALE), "steady": torch.zeros(())}


def next_scaling(scaling: Scaling, finite: Tensor) -> Scaling:
    """The scaling after an update whose gradients were all `finite` [] or not: halved, kept, or at last doubled."""
    scale, steady = scaling["scale"], scaling["steady"] + 1
    grown = torch.where(steady >= GROWTH_AFTER, (2 * scale).clamp(max=LARGEST_SCALE), scale)
    return {
        "scale": torch.where(finite, grown, scale / 2),
        "steady": torch.where(finite & (steady < GROWTH_AFTER), steady, 0.0),
    }
