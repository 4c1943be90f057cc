"""What is worked around in inductor: each fault once, with the test that fails when it is gone.

Tested with torch 2.11 and 2.15. Where the name that is replaced is gone, so may be the fault: nothing is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch


@contextmanager
def no_triton(device: torch.device) -> Iterator[None]:
    """On a CPU, as where triton is not installed: inductor would hash half a gigabyte of it to name what it caches.

    Inductor asks once a process; programs for a GPU that the same process compiles later are named without it too.
    """
    try:
        from torch._inductor.runtime import triton_compat

        has_triton = triton_compat.HAS_TRITON
    except (ImportError, AttributeError):
        yield
        return
    with patch.object(triton_compat, "HAS_TRITON", has_triton and device.type != "cpu"):
        yield


@contextmanager
def mutated_buffers_kept_global() -> Iterator[None]:
    """Let inductor compile programs that fuse loops around the result of an in-place write.

    Where it fuses outer loops for a CPU, it checks for every buffer whether all later operations read it contiguously,
    so that it may become local to the loop. An operation after an in-place write reads the buffer under its older name,
    and inductor ends in a KeyError (https://github.com/pytorch/pytorch/issues/196570). Such a buffer must stay global:
    None in place of an index expression says so.
    """
    try:
        from torch._inductor.loop_body import LoopBody

        usual: Any = LoopBody.get_read_expr
    except (ImportError, AttributeError):
        yield
        return

    def get_read_expr(body: LoopBody, buffer_name: str) -> Any:
        try:
            return usual(body, buffer_name)
        except KeyError:
            return None

    with patch.object(LoopBody, "get_read_expr", get_read_expr):
        yield
