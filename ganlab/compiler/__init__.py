"""Compiling an update into one program.

The update is traced to one graph and handed to inductor (`direct`). Where torch lacks the private names for that,
`torch.compile` does it (`public`).
"""

from __future__ import annotations

from collections.abc import Sequence

from ganlab.compiler import direct, public
from ganlab.compiler.program import CompilerFailedError, Program, Update
from ganlab.compiler.toolchain import has_compiler
from ganlab.workarounds.availability import NotAvailable
from ganlab.workarounds.torch_internals import graph_compiler

__all__ = ["CompilerFailedError", "Program", "Update", "check_compiler", "compile_updates", "has_compiler"]

NO_COMPILER = "no C++ compiler found (g++, or what CXX names): training runs uncompiled, several times slower"
PUBLIC_WAY = "training is compiled by plain torch.compile, which takes longer to start and runs slower ({reason})"


def check_compiler() -> tuple[bool, str]:
    """Whether updates can be compiled here, and what slows training down: one line for the user, or nothing."""
    if not has_compiler():
        return False, NO_COMPILER
    internals = graph_compiler()
    return True, PUBLIC_WAY.format(reason=internals.reason) if isinstance(internals, NotAvailable) else ""


def compile_updates(updates: Sequence[Update]) -> list[Program]:
    """`updates` as programs.

    Raises:
        CompilerFailedError: an update cannot be compiled.
    """
    internals = graph_compiler()
    if isinstance(internals, NotAvailable):
        return [public.compile_update(function, examples) for function, examples in updates]
    return direct.compile_updates(updates, internals)
