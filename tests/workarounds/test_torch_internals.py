"""What is answered where torch lacks a private name."""

from __future__ import annotations

import shutil

import pytest
import torch

from ganlab.workarounds.availability import NotAvailable
from ganlab.workarounds.inductor_faults import mutated_buffers_kept_global, no_triton
from ganlab.workarounds.torch_internals import (
    cpp_compiler,
    graph_compiler,
    graph_tracer,
    instruction_sets,
    is_tested,
    source_hash,
)


@pytest.mark.parametrize(
    "name",
    [
        "torch._dynamo.exc.ShortenTraceback",
        "torch._guards.TracingContext",
        "torch._inductor.compile_fx.compile_fx_inner",
        "torch._inductor.runtime.cache_dir_utils.cache_dir",
        "torch._inductor.virtualized.V",
        "torch.fx.experimental.symbolic_shapes.ShapeEnv",
    ],
)
def test_without_one_of_its_names_there_is_no_graph_compiler_and_the_answer_names_it(name, monkeypatch):
    assert not isinstance(graph_compiler(), NotAvailable)
    monkeypatch.delattr(name)
    module, _, own = name.rpartition(".")
    assert graph_compiler() == NotAvailable(
        reason=f"torch {torch.__version__}: cannot import name '{own}' from '{module}'"
    )


@pytest.mark.parametrize(
    ("lookup", "name"),
    [
        (graph_tracer, "torch.fx.experimental.proxy_tensor.make_fx"),
        (instruction_sets, "torch._inductor.cpu_vec_isa.pick_vec_isa"),
        (source_hash, "torch._inductor.codecache.torch_key"),
    ],
)
def test_a_name_that_is_gone_is_none(lookup, name, monkeypatch):
    assert lookup() is not None
    monkeypatch.delattr(name)
    assert lookup() is None


def test_without_torchs_own_search_the_compiler_is_what_cxx_names(monkeypatch):
    monkeypatch.delattr("torch._inductor.cpp_builder.get_cpp_compiler")
    monkeypatch.setenv("CXX", "python3")
    assert cpp_compiler() == shutil.which("python3")
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert cpp_compiler() is None


@pytest.mark.parametrize(("version", "tested"), [("2.15.0+cu132", True), ("2.1.0", False), ("2.99.0", False)])
def test_a_version_is_tested_whatever_its_patch_and_build(version, tested, monkeypatch):
    monkeypatch.setattr(torch, "__version__", version)
    assert is_tested() is tested


def test_nothing_is_replaced_where_what_is_at_fault_is_gone(monkeypatch):
    from torch._inductor.loop_body import LoopBody
    from torch._inductor.runtime import triton_compat

    monkeypatch.delattr(LoopBody, "get_read_expr")
    monkeypatch.delattr(triton_compat, "HAS_TRITON")
    with mutated_buffers_kept_global(), no_triton(torch.device("cpu")):
        assert not hasattr(LoopBody, "get_read_expr")
        assert not hasattr(triton_compat, "HAS_TRITON")
