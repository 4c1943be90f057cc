"""Private and experimental names of torch by which updates are compiled. Tested with torch 2.11 and 2.15."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ganlab.workarounds.availability import NotAvailable

TESTED = ("2.11", "2.15")


def is_tested() -> bool:
    """Whether this version of torch is one that the private names were tested with."""
    return ".".join(torch.__version__.split(".")[:2]) in TESTED


@dataclass(frozen=True, kw_only=True)
class GraphCompiler:
    """What traces an update with tensors without data, and compiles its graph without `torch.compile`."""

    FakeTensorMode: Any
    ShapeEnv: Any
    make_fx: Any
    decompositions: Callable[[], Any]
    cache_dir: Callable[[], str]
    config: Any
    TracingContext: Any
    tracing: Any
    virtualized: Any
    joint_graph_passes: Any
    compile_graph: Any
    error: type[Exception]
    """Of dynamo and inductor."""


def graph_compiler() -> GraphCompiler | NotAvailable:
    try:
        from torch._dynamo.exc import ShortenTraceback
        from torch._guards import TracingContext, tracing
        from torch._inductor import config
        from torch._inductor.compile_fx import compile_fx_inner
        from torch._inductor.decomposition import select_decomp_table
        from torch._inductor.fx_passes.joint_graph import joint_graph_passes
        from torch._inductor.runtime.cache_dir_utils import cache_dir
        from torch._inductor.virtualized import V
        from torch._subclasses import FakeTensorMode
        from torch.fx.experimental.proxy_tensor import make_fx
        from torch.fx.experimental.symbolic_shapes import ShapeEnv
    except ImportError as error:
        return NotAvailable.because(error, "torch", torch.__version__)
    return GraphCompiler(
        FakeTensorMode=FakeTensorMode,
        ShapeEnv=ShapeEnv,
        make_fx=make_fx,
        decompositions=select_decomp_table,
        cache_dir=cache_dir,
        config=config,
        TracingContext=TracingContext,
        tracing=tracing,
        virtualized=V,
        joint_graph_passes=joint_graph_passes,
        compile_graph=compile_fx_inner,
        error=ShortenTraceback,
    )


def graph_tracer() -> Callable[..., Any] | None:
    """`make_fx`, which is experimental."""
    try:
        from torch.fx.experimental.proxy_tensor import make_fx
    except ImportError:
        return None
    return make_fx


def cpp_compiler() -> str | None:
    """The C++ compiler that inductor calls, or None where there is none.

    Where torch does not tell, it is what ``CXX`` names, or g++ (clang++ on macOS, cl on Windows).
    """
    try:
        from torch._inductor.cpp_builder import get_cpp_compiler
        from torch._inductor.exc import InvalidCxxCompiler
    except ImportError:
        usual = {"darwin": "clang++", "win32": "cl"}.get(sys.platform, "g++")
        return shutil.which(os.environ.get("CXX", usual))
    try:
        return get_cpp_compiler()
    except InvalidCxxCompiler:
        return None


@dataclass(frozen=True, kw_only=True)
class InstructionSets:
    """How inductor chooses the vector instructions of a CPU."""

    config: Any
    pick: Callable[[], object]


def instruction_sets() -> InstructionSets | None:
    try:
        from torch._inductor import config
        from torch._inductor.cpu_vec_isa import pick_vec_isa
    except ImportError:
        return None
    return InstructionSets(config=config, pick=pick_vec_isa)


def source_hash() -> Callable[[], bytes] | None:
    """What hashes the sources of torch, by which inductor names its cache, once a process."""
    try:
        from torch._inductor.codecache import torch_key
    except ImportError:
        return None
    return torch_key
