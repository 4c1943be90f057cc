"""What is compiled, what comes of it, and how that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

Update = tuple[Callable[..., None], Sequence[Tensor]]
"""A function that writes into tensors, and tensors like those that it will be called with."""

Program = Callable[..., Any]
"""Takes tensors of the shapes and strides that it was compiled for; writes some of them in place."""


class CompilerFailedError(Exception):
    """Inductor, or the compiler that it calls, fails on an update; the message is one line."""


def last_line(error: BaseException) -> str:
    """The type of an error, or of the one that dynamo wrapped in it, and the last line of its message."""
    error = getattr(error, "inner_exception", error)
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__
