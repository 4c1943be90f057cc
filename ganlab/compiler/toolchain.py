"""The C++ compiler that programs for a CPU need, and what inductor finds out once for a process."""

from __future__ import annotations

import functools
import logging
import subprocess
import warnings

from ganlab.workarounds.torch_internals import cpp_compiler, instruction_sets, source_hash

KNOWS_ALL_INSTRUCTIONS = 12
"""Major version from which GCC and Clang know every instruction set that inductor may choose on a processor."""


def has_compiler() -> bool:
    """Whether torch finds the C++ compiler that programs need on a CPU."""
    return cpp_compiler() is not None


def quieten() -> None:
    """Keep torch from reporting on CUDA tools that are not used, and on its own use of what it deprecates."""
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\._inductor")


def detect_instruction_set() -> None:
    """Let inductor find out which instructions the processor has, for this process and those that fork from it.

    It compiles programs that try them, which takes a second.
    """
    found = instruction_sets()
    if found is not None and has_compiler():
        with found.config.patch(without_instruction_probes()):
            found.pick()


def hash_torch_sources() -> None:
    """Let inductor hash the sources of torch, by which it names what it caches, for the same processes.

    It reads thousands of files, which takes up to a second.
    """
    hash_sources = source_hash()
    if hash_sources is not None:
        hash_sources()


def without_instruction_probes() -> dict[str, bool]:
    """Settings by which inductor takes the processor's word for its instruction sets.

    Otherwise it compiles and runs a program for each of them, for ten seconds. Empty where the C++ compiler is too old
    to know them all.
    """
    return {"cpp.vec_isa_ok": True} if _major_version() >= KNOWS_ALL_INSTRUCTIONS else {}


@functools.cache
def _major_version() -> int:
    compiler = cpp_compiler()
    assert compiler is not None
    output = subprocess.run([compiler, "-dumpversion"], capture_output=True, check=True).stdout
    return int(output.split(b".")[0])
