"""What is worked around in torch is still at fault there; a test that fails tells that its workaround may go."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from ganlab.compiler import has_compiler
from ganlab.workarounds.inductor_faults import mutated_buffers_kept_global

pytestmark = pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")


def masked_softmax(x: Tensor) -> Tensor:
    """The example of https://github.com/pytorch/pytorch/issues/196570."""
    mask = torch.full((8, 8), -10000.0)
    mask[torch.arange(8).unsqueeze(0), torch.arange(8).unsqueeze(1)] = 0
    return torch.softmax(x + mask, dim=-1)


@pytest.fixture(autouse=True)
def _nothing_compiled_before(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch.compiler.reset()


def test_inductor_fails_on_loops_around_an_in_place_write():
    with pytest.raises(torch._inductor.exc.InductorError, match="KeyError"):
        torch.compile(masked_softmax)(torch.randn(8, 8))


def test_loops_around_an_in_place_write_compile_to_the_right_numbers():
    x = torch.randn(8, 8)
    with mutated_buffers_kept_global():
        torch.testing.assert_close(torch.compile(masked_softmax)(x), masked_softmax(x))
