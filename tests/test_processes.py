"""The server from which workers fork."""

from __future__ import annotations

import subprocess
import sys

import ganlab.processes

SCRIPT = """
import signal, sys
from ganlab.processes import context, start_server

def report(channel):
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    channel.send((signal.SIGINT in blocked, "torch._inductor.compile_fx" in sys.modules))

if __name__ == "__main__":
    start_server()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, []), "this process keeps its Ctrl-C"
    here, there = context().Pipe(duplex=False)
    process = context().Process(target=report, args=(there,))
    process.start()
    print(*here.recv())
    process.join()
"""


def test_a_worker_has_the_compiler_loaded_and_leaves_ctrl_c_to_its_parent(tmp_path):
    file = tmp_path / "script.py"
    file.write_text(SCRIPT)
    output = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=120, check=True).stdout
    assert output.split() == ["True", "True"]


def test_importing_it_imports_no_torch():
    code = "import sys, ganlab.processes; print('torch' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout
    assert output.split() == ["False"]
    assert ganlab.processes.PRELOADED
