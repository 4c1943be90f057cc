"""Whether this machine can compile."""

from __future__ import annotations


def has_compiler() -> bool:
    """Whether torch finds the C++ compiler that compiled updates need on a CPU."""
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler:
        return False
    return True
