"""Compiling an update into one program.

The update is traced to one graph and handed to inductor. That is what `torch.compile` does too, but without a
bytecode tracer and a search for a backward pass in between, and without guards and wrappers at each call: a
population, whose shapes never change and whose updates hold their own gradients, has no use for them. For small
networks it halves the time of a step, and the time to the first one.
"""

from __future__ import annotations

import functools
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

from ganlab.workarounds import mutated_buffers_kept_global, no_triton

Update = tuple[Callable[..., None], Sequence[Tensor]]
"""A function that writes into tensors, and tensors like those that it will be called with."""

Program = Callable[..., Any]
"""Takes tensors of the shapes and strides that it was compiled for; writes some of them in place."""

KNOWS_ALL_INSTRUCTIONS = 12
"""Major version from which GCC and Clang know every instruction set that inductor may choose on a processor."""

SECONDS_BETWEEN_TRIES = 0.05


class CompilerFailedError(Exception):
    """Inductor, or the compiler that it calls, fails on an update; the message is one line."""


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


def know_torch() -> None:
    """Let inductor hash the sources of torch, by which it names what it caches, for the same processes.

    It reads thousands of files, which takes up to a second.
    """
    from torch._inductor.codecache import torch_key

    torch_key()


def compile_updates(updates: Sequence[Update]) -> list[Program]:
    """`updates` as programs.

    What was compiled once on this machine is read from torch's cache. Processes that want the same programs at the same
    time share the work: each compiles what no other is compiling, and reads the rest when that is done.
    """
    traced = [_Traced(function, examples) for function, examples in updates]
    programs: dict[_Traced, Program] = {}
    while left := [one for one in traced if one not in programs]:
        with _first_free(left) as one:
            programs[one] = one.compile()
    return [programs[one] for one in traced]


class _Traced:
    """An update as a graph, without in-place operations but for those on its inputs, which come last.

    It is traced with stand-ins for `examples`, which are not touched.
    """

    def __init__(self, function: Callable[..., None], examples: Sequence[Tensor]) -> None:
        from torch._inductor.decomposition import select_decomp_table
        from torch._inductor.runtime.cache_dir_utils import cache_dir
        from torch._subclasses import FakeTensorMode
        from torch.func import functionalize
        from torch.fx.experimental.proxy_tensor import make_fx
        from torch.fx.experimental.symbolic_shapes import ShapeEnv

        def traced(*tensors: Tensor) -> tuple[()]:
            function(*tensors)
            return ()

        # Inductor caches only what is compiled under a mode that could hold symbolic shapes, though none occur.
        self.mode = FakeTensorMode(shape_env=ShapeEnv(), static_shapes=True, allow_non_fake_inputs=True)
        self.inputs = [self.mode.from_tensor(example) for example in examples]
        with torch.no_grad(), self.mode:
            self.graph = make_fx(functionalize(traced, remove="mutations"), select_decomp_table())(*self.inputs)
        self.lock = FileLock(Path(cache_dir()) / "locks" / f"ganlab-{self._digest()}.lock")

    def _digest(self) -> str:
        layouts = [(one.shape, one.stride(), one.dtype, one.device) for one in self.inputs]
        return hashlib.sha256(f"{self.graph.code}{layouts}".encode()).hexdigest()[:16]

    def compile(self) -> Program:
        from torch._dynamo.exc import ShortenTraceback
        from torch._guards import TracingContext, tracing
        from torch._inductor import config
        from torch._inductor.compile_fx import compile_fx_inner
        from torch._inductor.fx_passes.joint_graph import joint_graph_passes
        from torch._inductor.virtualized import V

        device = self.inputs[0].device
        with (
            torch.no_grad(),
            config.patch(_trusted() if device.type == "cpu" else {"deterministic": True}),
            no_triton(device),
            mutated_buffers_kept_global(),
            tracing(TracingContext(self.mode)),
            V.set_fake_mode(self.mode),
        ):
            try:
                joint_graph_passes(self.graph, device)
                program = compile_fx_inner(self.graph, self.inputs, is_inference=True)
            except ShortenTraceback as error:
                raise CompilerFailedError(_last_line(getattr(error, "inner_exception", error))) from error
        return lambda *tensors: program(list(tensors))


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


def _last_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__


def _trusted() -> dict[str, bool]:
    """What inductor need not try: it would compile and run a program for each instruction set, for ten seconds."""
    return {"cpp.vec_isa_ok": True} if _major_version() >= KNOWS_ALL_INSTRUCTIONS else {}


@functools.cache
def _major_version() -> int:
    from torch._inductor.cpp_builder import get_cpp_compiler

    output = subprocess.run([get_cpp_compiler(), "-dumpversion"], capture_output=True, check=True).stdout
    return int(output.split(b".")[0])
