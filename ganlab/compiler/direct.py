"""Compiling an update by handing its graph to inductor.

That is what `torch.compile` does too, but without a bytecode tracer and a search for a backward pass in between, and
without guards and wrappers at each call: a population, whose shapes never change and whose updates hold their own
gradients, has no use for them. For small networks it halves the time of a step, and the time to the first one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from torch import Tensor
from torch.func import functionalize

from ganlab.compiler.program import CompilerFailedError, Program, Update, last_line
from ganlab.compiler.toolchain import without_instruction_probes
from ganlab.workarounds.inductor_faults import mutated_buffers_kept_global, no_triton
from ganlab.workarounds.torch_internals import GraphCompiler, is_tested

SECONDS_BETWEEN_TRIES = 0.05


def compile_updates(updates: Sequence[Update], internals: GraphCompiler) -> list[Program]:
    """`updates` as programs.

    What was compiled once on this machine is read from torch's cache. Processes that want the same programs at the same
    time share the work: each compiles what no other is compiling, and reads the rest when that is done.

    Raises:
        CompilerFailedError: inductor fails; or anything does, on a torch whose internals were not tested.
    """
    with _untested_failures_named():
        traced = [_Traced(function, examples, internals) for function, examples in updates]
        programs: dict[_Traced, Program] = {}
        while left := [one for one in traced if one not in programs]:
            with _first_free(left) as one:
                programs[one] = one.compile()
        return [programs[one] for one in traced]


class _Traced:
    """An update as a graph, without in-place operations but for those on its inputs, which come last.

    It is traced with stand-ins for `examples`, which are not touched.
    """

    def __init__(self, function: Callable[..., None], examples: Sequence[Tensor], internals: GraphCompiler) -> None:
        def traced(*tensors: Tensor) -> tuple[()]:
            function(*tensors)
            return ()

        self._internals = internals
        # Inductor caches only what is compiled under a mode that could hold symbolic shapes, though none occur.
        self.mode = internals.FakeTensorMode(
            shape_env=internals.ShapeEnv(), static_shapes=True, allow_non_fake_inputs=True
        )
        self.inputs = [self.mode.from_tensor(example) for example in examples]
        with torch.no_grad(), self.mode:
            functional = functionalize(traced, remove="mutations")
            self.graph = internals.make_fx(functional, internals.decompositions())(*self.inputs)
        self.lock = FileLock(Path(internals.cache_dir()) / "locks" / f"ganlab-{self._digest()}.lock")

    def _digest(self) -> str:
        layouts = [(one.shape, one.stride(), one.dtype, one.device) for one in self.inputs]
        return hashlib.sha256(f"{self.graph.code}{layouts}".encode()).hexdigest()[:16]

    def compile(self) -> Program:
        internals = self._internals
        device = self.inputs[0].device
        settings = without_instruction_probes() if device.type == "cpu" else {"deterministic": True}
        with (
            torch.no_grad(),
            internals.config.patch(settings),
            no_triton(device),
            mutated_buffers_kept_global(),
            internals.tracing(internals.TracingContext(self.mode)),
            internals.virtualized.set_fake_mode(self.mode),
        ):
            try:
                internals.joint_graph_passes(self.graph, device)
                program = internals.compile_graph(self.graph, self.inputs, is_inference=True)
            except internals.error as error:
                raise CompilerFailedError(last_line(error)) from error
        return lambda *tensors: program(list(tensors))


@contextmanager
def _untested_failures_named() -> Iterator[None]:
    """Make any error a `CompilerFailedError` on a torch whose internals were not tested with."""
    try:
        yield
    except CompilerFailedError:
        raise
    except Exception as error:
        if is_tested():
            raise
        raise CompilerFailedError(f"torch {torch.__version__} is untested; {last_line(error)}") from error


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
