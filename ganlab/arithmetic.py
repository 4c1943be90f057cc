"""In which arithmetic a GPU computes what is float32, for the whole process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch


def set_arithmetic(tf32: bool) -> None:
    """Let convolutions sum in the same order each time, and say whether TF32 is allowed.

    With TF32, CUDA may round the factors of all float32 products, penalties' too, to 10 bits of fraction.
    """
    torch.backends.cudnn.deterministic = True
    torch.backends.cuda.matmul.allow_tf32 = tf32
    torch.backends.cudnn.allow_tf32 = tf32


@contextmanager
def full_precision(where: torch.device) -> Iterator[None]:
    """Float32 itself on the device `where`, whatever the surroundings use: no autocast and no TF32.

    A feature in half precision or TF32 is off by several per cent, and so is the distance made of it.
    """
    before = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    cudnn = torch.backends.cudnn.flags(
        enabled=torch.backends.cudnn.enabled, deterministic=True, allow_tf32=False, fp32_precision="ieee"
    )
    can_autocast = torch.amp.is_autocast_available(where.type)
    try:
        with torch.autocast(where.type, enabled=False) if can_autocast else nullcontext(), cudnn:
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = before
