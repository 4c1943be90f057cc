"""Compiling an update into one program.

The update is traced to one graph and handed to inductor. That is what `torch.compile` does too, but without a
bytecode tracer in between and without guards at each call, for which a population, whose shapes never change, has no
use: for small networks it halves the time of a step, and the time to the first one.
"""

from __future__ import annotations

import functools
import gc
import hashlib
import logging
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch import Tensor

Update = tuple[Callable[..., None], Sequence[Tensor]]
"""A function that writes into tensors, and tensors like those that it will be called with."""

Program = Callable[..., Any]
"""Takes tensors of the shapes and strides that it was compiled for; writes some of them in place."""

KNOWS_ALL_INSTRUCTIONS = 12
"""Major version from which GCC and Clang know every instruction set that inductor may choose on a processor."""

SECONDS_BETWEEN_TRIES = 0.05


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


def quieten() -> None:
    """Keep torch from reporting on CUDA tools that are not used, and on its own use of what it deprecates."""
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\._inductor")


def know_processor() -> None:
    """Let inductor find out which instructions the processor has, for this process and those that fork from it.

    It compiles programs that try them, which takes a second.
    """
    from torch._inductor import config
    from torch._inductor.cpu_vec_isa import pick_vec_isa

    if has_compiler():
        with config.patch(_trusted()):
            pick_vec_isa()


def compile_updates(updates: Sequence[Update]) -> list[Program]:
    """`updates` as programs.

    What was compiled once on this machine is read from torch's cache. Processes that want the same programs at the same
    time share the work: each compiles what no other is compiling, and reads the rest when that is done.
    """
    with _no_garbage_collection():
        traced = [_Traced(function, examples) for function, examples in updates]
        programs: dict[_Traced, Program] = {}
        while left := [one for one in traced if one not in programs]:
            with _first_free(left) as one:
                programs[one] = one.compile()
    return [programs[one] for one in traced]


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """For what makes many objects that stay: to look for garbage among them costs a tenth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Traced:
    """An update as a graph, for tensors like `examples`, which it may write to while it is traced."""

    def __init__(self, function: Callable[..., None], examples: Sequence[Tensor]) -> None:
        from torch._inductor.runtime.cache_dir_utils import cache_dir
        from torch.fx.experimental.proxy_tensor import make_fx

        def traced(*tensors: Tensor) -> tuple[()]:
            function(*tensors)
            return ()

        with torch.no_grad():
            self.graph = make_fx(traced)(*examples)
        self.examples: list[Any] = list(examples)
        self.lock = FileLock(Path(cache_dir()) / "locks" / f"ganlab-{self._digest()}.lock")

    def _digest(self) -> str:
        layouts = [(one.shape, one.stride(), one.dtype, one.device) for one in self.examples]
        return hashlib.sha256(f"{self.graph.code}{layouts}".encode()).hexdigest()[:16]

    def compile(self) -> Program:
        import torch._inductor
        from torch._guards import TracingContext, tracing
        from torch._inductor import config
        from torch._inductor.exc import CppCompileError, InductorError
        from torch._subclasses import FakeTensorMode
        from torch.fx.experimental.symbolic_shapes import ShapeEnv

        # Inductor caches only what is compiled under a context that could hold symbolic shapes, though none occur.
        context = TracingContext(FakeTensorMode(shape_env=ShapeEnv(), static_shapes=True))
        with torch.no_grad(), config.patch(_trusted()), tracing(context):
            try:
                program: Program = torch._inductor.compile(self.graph, self.examples)
            except InductorError as error:
                if not isinstance(error.inner_exception, CppCompileError):
                    raise
                raise CompilerFailedError(str(error.inner_exception).strip().splitlines()[-1]) from error
        return program


@contextmanager
def _first_free(waiting: Sequence[_Traced]) -> Iterator[_Traced]:
    """The first of `waiting` that no other process is compiling, kept from others meanwhile."""
    while True:
        for one in waiting:
            try:
                one.lock.acquire(timeout=0)
            except Timeout:
                continue
            try:
                yield one
            finally:
                one.lock.release()
            return
        time.sleep(SECONDS_BETWEEN_TRIES)


def _trusted() -> dict[str, bool]:
    """What inductor need not try: it would compile and run a program for each instruction set, for ten seconds."""
    return {"cpp.vec_isa_ok": True} if _major_version() >= KNOWS_ALL_INSTRUCTIONS else {}


@functools.cache
def _major_version() -> int:
    from torch._inductor.cpp_builder import get_cpp_compiler

    output = subprocess.run([get_cpp_compiler(), "-dumpversion"], capture_output=True, text=True, check=True).stdout
    return int(output.split(".")[0])
