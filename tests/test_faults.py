"""Signals to a sweep's processes: what is left of them, and that the same command goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find the processes")

SWEEP = """
name: long
data: {name: gaussian}
variants: [lsgan]
seeds: [0, 1]
steps: 2000
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 500, samples: 500}
log_every: 50
"""


class Sweep:
    """A sweep of one population, whose processes are told by a name in their environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mark = f"GANLAB_TEST={folder}"
        (folder / "long.yaml").write_text(SWEEP)

    def start(self, **streams: Any) -> subprocess.Popen[str]:
        name, _, value = self.mark.partition("=")
        return subprocess.Popen(
            [sys.executable, "-m", "ganlab", "sweep", "long.yaml", "--no-compile", "--workers", "1"],
            cwd=self.folder,
            env={**os.environ, "WANDB_MODE": "disabled", "OMP_NUM_THREADS": "1", name: value},
            text=True,
            start_new_session=True,
            **({"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | streams),
        )

    def start_training(self) -> subprocess.Popen[str]:
        """Start it, and wait until rows are written."""
        process = self.start()
        while not self.rows():
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        return process

    def rows(self) -> bool:
        """Whether there are any yet."""
        return any(path.stat().st_size for path in self.folder.glob("runs/long/*/metrics.jsonl"))

    def processes(self) -> list[int]:
        """Those that are left, by their ids."""
        return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/environ") if self._is_ours(path)]

    def worker(self) -> int:
        """The id of the process that trains, the youngest of those that the server forked."""
        servers = [one for one in self.processes() if "forkserver" in Path(f"/proc/{one}/cmdline").read_text()]
        return max(servers)

    def _is_ours(self, environment: Path) -> bool:
        try:
            return self.mark.encode() in environment.read_bytes().split(b"\0")
        except OSError:
            return False

    def summaries(self) -> dict[str, tuple[str, dict[str, float]]]:
        """State and final values of each run that is done."""
        found = {path.parent.name: json.loads(path.read_text()) for path in self.folder.glob("runs/*/*/summary.json")}
        return {name: (summary["state_sha256"], summary["final"]) for name, summary in found.items()}


def output_of(process: subprocess.Popen[str], status: int) -> str:
    output, _ = process.communicate(timeout=600)
    assert process.returncode == status, output
    assert "Traceback" not in output
    return output


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    sweep = Sweep(tmp_path_factory.mktemp("undisturbed"))
    output_of(sweep.start(), 0)
    assert len(sweep.summaries()) == 2
    return sweep.summaries()


@pytest.fixture
def sweep(tmp_path):
    return Sweep(tmp_path)


def test_no_process_outlives_a_launcher_that_was_killed(sweep, undisturbed):
    process = sweep.start_training()
    process.kill()
    process.communicate()
    killed = time.monotonic()
    while sweep.processes():
        assert time.monotonic() - killed < 10, [Path(f"/proc/{one}/cmdline").read_text() for one in sweep.processes()]
        time.sleep(0.1)
    output_of(sweep.start(), 0)
    assert sweep.summaries() == undisturbed


def test_the_end_of_a_terminal_stops_a_sweep_at_a_checkpoint(sweep, undisturbed):
    process = sweep.start_training()
    os.killpg(process.pid, signal.SIGHUP)
    assert "stopped; run the same command again" in output_of(process, 130)
    assert len(list(sweep.folder.glob("runs/long/*/checkpoint.pt"))) == 2
    assert "(0 done, 2 to continue, 0 new)" in output_of(sweep.start(), 0)
    assert sweep.summaries() == undisturbed


def test_the_closing_of_a_real_terminal_does_so_too(sweep):
    """What is printed to it then fails, and it is no terminal any more."""
    outside, inside = pty.openpty()
    process = sweep.start(
        stdin=inside, stdout=inside, stderr=inside, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    )
    os.close(inside)
    while not sweep.rows():
        assert process.poll() is None
        os.read(outside, 10_000)
    os.close(outside)
    assert process.wait(timeout=60) == 130
    assert len(list(sweep.folder.glob("runs/long/*/checkpoint.pt"))) == 2


def test_a_worker_that_was_asked_to_stop_alone_is_a_fault(sweep):
    process = sweep.start_training()
    os.kill(sweep.worker(), signal.SIGTERM)
    assert "FAILED lsgan: was asked to stop, and did at a checkpoint; run the same command" in output_of(process, 1)
    assert len(list(sweep.folder.glob("runs/long/*/checkpoint.pt"))) == 2
