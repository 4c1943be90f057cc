"""The server from which workers fork."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ganlab.processes

SCRIPT = """
import signal, sys
from ganlab.processes import context, start_server

def report(channel):
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    loaded = "torch._inductor.compile_fx" in sys.modules
    import torch
    channel.send((signal.SIGINT in blocked, loaded, torch.cuda._is_in_bad_fork(), torch.cuda.is_available.__module__))

if __name__ == "__main__":
    start_server()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, []), "this process keeps its Ctrl-C"
    here, there = context().Pipe(duplex=False)
    process = context().Process(target=report, args=(there,))
    process.start()
    print(*here.recv())
    process.join()
"""


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    """What a worker reports of itself."""
    file = tmp_path_factory.mktemp("processes") / "script.py"
    file.write_text(SCRIPT)
    output = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120, check=True).stdout
    return dict(zip(("leaves_ctrl_c", "compiler_loaded", "lost_cuda", "asks_cuda_by"), output.split(), strict=True))


def test_a_worker_has_the_compiler_loaded_and_leaves_ctrl_c_to_its_parent(worker):
    assert worker["compiler_loaded"] == worker["leaves_ctrl_c"] == "True"


def test_a_worker_may_use_cuda_which_no_process_has_asked_before_the_fork(worker):
    assert worker["lost_cuda"] == "False"
    assert worker["asks_cuda_by"] == "torch.cuda"


def test_importing_it_imports_no_torch():
    code = "import sys, ganlab.processes; print('torch' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert output.split() == ["False"]
    assert ganlab.processes.PRELOADED
