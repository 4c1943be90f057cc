"""Compiling an update into one program.

The update is traced to one graph and handed to inductor. That is what `torch.compile` does too, but without a
bytecode tracer in between and without guards at each call, for which a population, whose shapes never change, has no
use: for small networks it halves the time of a step, and the time to the first one.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor
from torch.fx.experimental.proxy_tensor import make_fx

Program = Callable[..., Any]
"""Takes tensors of the shapes and strides that it was compiled for; writes some of them in place."""

KNOWS_ALL_INSTRUCTIONS = 12
"""Major version from which GCC and Clang know every instruction set that inductor may choose on a processor."""


class CompilerFailedError(Exception):
    """The C++ compiler is there, and cannot compile."""


def has_compiler() -> bool:
    """Whether torch finds the C++ compiler that programs need on a CPU."""
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        return False
    return True


def compile_update(function: Callable[..., None], examples: Sequence[Tensor]) -> Program:
    """`function` as a program for tensors like `examples`, which it may write to while it is traced."""
    import torch._inductor
    from torch._inductor import config
    from torch._inductor.exc import CppCompileError, InductorError

    def traced(*tensors: Tensor) -> tuple[()]:
        function(*tensors)
        return ()

    # Without this, inductor compiles and runs a test program for each instruction set, which takes ten seconds.
    trusted = {"cpp.vec_isa_ok": True} if _major_version() >= KNOWS_ALL_INSTRUCTIONS else {}
    with torch.no_grad(), config.patch(trusted):
        graph = make_fx(traced)(*examples)
        try:
            program: Program = torch._inductor.compile(graph, list(examples))
        except InductorError as error:
            if not isinstance(error.inner_exception, CppCompileError):
                raise
            raise CompilerFailedError(str(error.inner_exception).strip().splitlines()[-1]) from error
    return program


def _major_version() -> int:
    from torch._inductor.cpp_builder import get_cpp_compiler

    output = subprocess.run([get_cpp_compiler(), "-dumpversion"], capture_output=True, text=True, check=True).stdout
    return int(output.split(".")[0])
