"""Programs are compiled once on a machine, however many processes want them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from ganlab.compiler import compile_updates, has_compiler

needs_compiler = pytest.mark.skipif(not has_compiler(), reason="there is no C++ compiler")

COMPILE_TWO = """
import json
import torch
from torch._dynamo.utils import counters
from ganlab.compiler import compile_updates

def double(x, y):
    y.copy_(2 * x.sin())

def shift(x, y):
    y.add_(x.cos())

x, y = torch.ones(64), torch.zeros(64)
for program in compile_updates([(double, [x, y]), (shift, [x, y])]):
    program(x, y)
assert torch.allclose(y, 2 * x.sin() + x.cos())
found = counters["inductor"]
print(json.dumps({"compiled": found["fxgraph_cache_miss"], "read": found["fxgraph_cache_hit"]}))
"""


def start(cache: Path) -> subprocess.Popen[str]:
    environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(cache), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", COMPILE_TWO],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process: subprocess.Popen[str]) -> dict[str, int]:
    output, errors = process.communicate(timeout=500)
    assert process.returncode == 0, errors
    result: dict[str, int] = json.loads(output)
    return result


@pytest.mark.slow
@pytest.mark.long
@needs_compiler
def test_two_processes_at_once_compile_each_program_once_between_them(tmp_path: Path) -> None:
    processes = [start(tmp_path) for _ in range(2)]
    results = [outcome(process) for process in processes]
    assert sum(result["compiled"] for result in results) == 2
    assert sum(result["read"] for result in results) == 2


@pytest.mark.slow
@needs_compiler
def test_what_was_compiled_before_is_read(tmp_path: Path) -> None:
    outcome(start(tmp_path))
    assert outcome(start(tmp_path)) == {"compiled": 0, "read": 2}


@needs_compiler
def test_programs_come_in_the_order_of_the_updates() -> None:
    x, y = torch.ones(4), torch.zeros(4)

    def one(x: torch.Tensor, y: torch.Tensor) -> None:
        y.copy_(x + 1)

    def two(x: torch.Tensor, y: torch.Tensor) -> None:
        y.copy_(x + 2)

    first, second = compile_updates([(one, [x, y]), (two, [x, y])])
    second(x, y)
    assert y.tolist() == [3.0] * 4
    first(x, y)
    assert y.tolist() == [2.0] * 4


@needs_compiler
@pytest.mark.parametrize("factor", [2.0, [1.0, 2.0, 3.0]])
def test_tensors_that_an_update_refers_to_are_constants_of_its_program(factor: float | list[float]) -> None:
    x, y = torch.ones(3), torch.zeros(3)
    for constant in (torch.tensor(factor), torch.tensor(factor) + 1):

        def scale(x: torch.Tensor, y: torch.Tensor, constant: torch.Tensor = constant) -> None:
            y.copy_(x * constant)

        (program,) = compile_updates([(scale, [x, y])])
        program(x, y)
        assert torch.equal(y, x * constant)


IMPORT_AND_COMPILE = """
import hashlib
import ganlab.preload
from torch._inductor.codecache import torch_key
read = []
usual = hashlib.sha256
hashlib.sha256 = lambda *data: read.append(len(data)) or usual(*data)
torch_key()
assert not read, "torch's sources are hashed again"
import torch, triton.runtime.cache
from ganlab.compiler import compile_updates
triton.runtime.cache.triton_key.cache_clear()
x, y = torch.ones(8), torch.zeros(8)
compile_updates([(lambda x, y: y.copy_(x + 1), [x, y])])
assert triton.runtime.cache.triton_key.cache_info().misses == 0, "triton is hashed"
"""


@needs_compiler
@pytest.mark.skipif(find_spec("triton") is None, reason="triton is not installed")
def test_a_server_hashes_torch_once_and_its_workers_hash_no_triton_on_a_cpu(tmp_path: Path) -> None:
    environment = os.environ | {"TORCHINDUCTOR_CACHE_DIR": str(tmp_path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", IMPORT_AND_COMPILE]
    process = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500)
    assert process.returncode == 0, process.stderr
