"""Compiling an update by `torch.compile`, for a torch that lacks the private names of `direct`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.func import functionalize

from ganlab.compiler.program import CompilerFailedError, Program, last_line
from ganlab.workarounds.inductor_faults import mutated_buffers_kept_global, no_triton
from ganlab.workarounds.torch_internals import graph_tracer


def compile_update(function: Callable[..., None], examples: Sequence[Tensor]) -> Program:
    """`function` as a program, which is made once for the `examples`; these keep their values.

    Raises:
        CompilerFailedError: `torch.compile` fails.
    """
    device = examples[0].device
    options: dict[str, Any] = {} if device.type == "cpu" else {"deterministic": True}
    with torch.no_grad(), _unchanged(examples), no_triton(device), mutated_buffers_kept_global():
        graph = _graph(function, examples)
        try:
            compiled: Any = torch.compile(graph, fullgraph=True, dynamic=False, options=options)
            compiled(*examples)
        except RuntimeError as error:  # of dynamo and inductor; one of the update's own comes again uncompiled
            raise CompilerFailedError(last_line(error)) from error

    def program(*tensors: Tensor) -> None:
        with torch.no_grad():
            compiled(*tensors)

    return program


def _graph(function: Callable[..., None], examples: Sequence[Tensor]) -> Callable[..., Any]:
    """`function` as a graph without in-place operations but for those on its inputs, which come last.

    Where torch has no `make_fx`, `function` itself, which `torch.compile` then traces.
    """
    make_fx = graph_tracer()
    if make_fx is None:
        return function
    graph: Callable[..., Any] = make_fx(functionalize(function, remove="mutations"))(*examples)
    return graph


@contextmanager
def _unchanged(tensors: Sequence[Tensor]) -> Iterator[None]:
    """Give `tensors` the values again that they have now; these are kept on the CPU."""
    kept = [tensor.to("cpu", copy=True) for tensor in tensors]
    try:
        yield
    finally:
        for tensor, before in zip(tensors, kept, strict=True):
            if not torch.equal(tensor.to("cpu"), before):
                tensor.copy_(before)
