"""Updates compiled by `torch.compile`, where torch lacks a private name that `direct` needs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from ganlab import compiler
from ganlab.compiler import CompilerFailedError, check_compiler, compile_updates, direct, has_compiler, public
from ganlab.workarounds import torch_internals

needs_compiler = pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")


def step(weights: Tensor, total: Tensor, data: Tensor) -> None:
    """A step of gradient descent for each of S members, written into its inputs."""
    gradient = vmap(grad(lambda weight, sample: (weight * sample).sin().sum()))(weights, data)
    total.add_(gradient * torch.tensor(2.0))
    weights.copy_(weights - 0.1 * gradient)


@needs_compiler
@pytest.mark.parametrize("tracer", ["make_fx", "dynamo"])
def test_a_program_of_torch_compile_does_what_the_update_does_and_keeps_its_examples(tracer, monkeypatch):
    if tracer == "dynamo":
        monkeypatch.setattr(public, "graph_tracer", lambda: None)
    batches = torch.randn(16, 3, 5)
    weights, total = torch.randn(3, 5), torch.zeros(3, 5)
    examples = [tensor.clone() for tensor in (weights, total, batches)]
    program = public.compile_update(step, [weights, total, batches[:, 0][0].expand(3, 5)])
    for tensor, before in zip((weights, total, batches), examples, strict=True):
        assert torch.equal(tensor, before)
    for batch in batches[:2]:
        program(weights, total, batch)
        step(examples[0], examples[1], batch)
    torch.testing.assert_close(weights, examples[0])
    torch.testing.assert_close(total, examples[1])


def test_what_torch_compile_cannot_compile_is_one_line(monkeypatch):
    monkeypatch.setattr(public, "graph_tracer", lambda: None)

    def branch(x: Tensor) -> None:
        x.add_(1 if x.sum() > 0 else 2)  # depends on the data

    with pytest.raises(CompilerFailedError) as failure:
        public.compile_update(branch, [torch.ones(3)])
    assert "\n" not in str(failure.value)


def test_a_missing_name_is_told_with_the_version_that_lacks_it(monkeypatch):
    monkeypatch.setattr(compiler, "has_compiler", lambda: True)
    assert check_compiler() == (True, "")
    monkeypatch.delattr("torch._inductor.compile_fx.compile_fx_inner")
    works, notice = check_compiler()
    assert works
    assert f"plain torch.compile, which takes longer to start and runs slower (torch {torch.__version__}: " in notice
    assert "cannot import name 'compile_fx_inner' from 'torch._inductor.compile_fx')" in notice


def test_without_a_compiler_nothing_is_compiled(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.delattr("torch._inductor.cpp_builder.get_cpp_compiler")
    works, notice = check_compiler()
    assert not works
    assert "no C++ compiler found" in notice


@pytest.mark.parametrize(
    ("versions", "error", "text"),
    [
        (torch_internals.TESTED, TypeError, "no argument 'is_inference'"),
        ((), CompilerFailedError, f"torch {torch.__version__} is untested; TypeError: no argument 'is_inference'"),
    ],
    ids=["tested", "untested"],
)
def test_a_private_function_that_changed_is_a_failure_of_the_compiler_on_an_untested_torch(
    monkeypatch, versions, error, text
):
    def changed(*args: object, **kwargs: object) -> None:
        raise TypeError("no argument 'is_inference'")

    monkeypatch.setattr(torch_internals, "TESTED", versions)
    monkeypatch.setattr(direct, "without_instruction_probes", dict)
    monkeypatch.setattr("torch._inductor.compile_fx.compile_fx_inner", changed)
    x = torch.ones(4)
    with pytest.raises(error) as raised:
        compile_updates([(lambda x: x.add_(1), [x])])
    assert str(raised.value) == text
