"""The server from which workers fork."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

import ganlab.processes
from ganlab.errors import InputError
from ganlab.processes import LONGEST_TEMPORARY, start_server, temporary_folder

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


PLACES = """
import tempfile
from multiprocessing import util
from ganlab.processes import PRELOADED, context, start_server

def report(channel):
    channel.send((util.get_temp_dir(), tempfile.gettempdir()))

if __name__ == "__main__":
    PRELOADED.clear()
    start_server()
    here, there = context().Pipe(duplex=False)
    process = context().Process(target=report, args=(there,))
    process.start()
    print(*here.recv(), util.get_temp_dir(), tempfile.gettempdir(), sep="\\n")
    process.join()
"""


@pytest.mark.parametrize("length", [LONGEST_TEMPORARY, LONGEST_TEMPORARY + 1, 200])
@pytest.mark.parametrize("letter", ["x", "\u00e9"])
def test_workers_start_whatever_the_length_of_tmpdir_and_only_sockets_leave_it(tmp_path, length, letter):
    file = tmp_path / "script.py"
    file.write_text(PLACES, encoding="utf-8")
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        free = length - len(os.fsencode(short)) - 1
        width = len(os.fsencode(letter))
        folder = f"{short}/{'y' * (free % width)}{letter * (free // width)}"
        os.mkdir(folder)  # noqa: PTH102
        assert len(os.fsencode(folder)) == length
        environment = {**os.environ, "TMPDIR": folder, "PYTHONIOENCODING": "utf-8"}
        output = subprocess.check_output([sys.executable, str(file)], env=environment, timeout=60, encoding="utf-8")
        in_worker, usual_in_worker, here, usual = output.splitlines()
        assert usual_in_worker == usual == folder
        assert in_worker == here
        assert here.startswith(f"{folder if length <= LONGEST_TEMPORARY else '/tmp'}/pymp-")
        assert os.listdir(folder) == []  # noqa: PTH208


def test_a_tmpdir_too_long_for_sockets_is_refused_where_no_short_folder_can_be_written(monkeypatch, tmp_path):
    folder = tmp_path / ("x" * 100)
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(ganlab.processes, "SHORT_FOLDERS", (f"{tmp_path}/a", f"{tmp_path}/b"))
    monkeypatch.setattr(ganlab.processes.forkserver, "ensure_running", lambda: pytest.fail("it started"))
    with pytest.raises(
        InputError, match=rf"too long for a socket, and .*/a and .*/b cannot be .* {LONGEST_TEMPORARY} b"
    ):
        start_server()
    assert tempfile.gettempdir() == str(folder)


def test_without_any_temporary_folder_it_says_what_to_set():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"  # as on a full disk
        "from ganlab.errors import InputError\n"
        "from ganlab.processes import start_server\n"
        "try: start_server()\n"
        "except InputError as error: print(error)"
    )
    output = subprocess.check_output([sys.executable, "-c", code], timeout=60, encoding="utf-8")
    assert output.startswith("No usable temporary directory found in [")
    assert output.endswith("]; set TMPDIR to a folder that can be written and is not full\n")


def test_a_tmpdir_that_is_not_there_is_passed_over(tmp_path):
    code = "from ganlab.processes import temporary_folder; print(temporary_folder())"
    environment = {**os.environ, "TMPDIR": str(tmp_path / "absent")}
    output = subprocess.check_output([sys.executable, "-c", code], env=environment, timeout=60, encoding="utf-8")
    assert output.strip() in ("/tmp", "/var/tmp", "/usr/tmp")
    assert temporary_folder()
