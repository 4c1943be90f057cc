"""Signals to a sweep's processes: what is left of them, and that the same command goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import kill_sweeps
import pytest
from kill_sweeps import Sweep

from ganlab.compiler import has_compiler
from ganlab.record.run_directory import runs_in
from ganlab.training import checkpoint

fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find the processes")

SWEEP = """
name: long
data: {name: gaussian}
variants: [lsgan]
seeds: [0, 1]
steps: 1200
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 300, samples: 500}
log_every: 50
"""


class LongSweep(Sweep):
    """One population."""

    def __init__(self, folder: Path) -> None:
        (folder / "long.yaml").write_text(SWEEP)
        super().__init__(folder, "long.yaml", "--no-compile", "--workers", "1")

    def start_training(self) -> subprocess.Popen[str]:
        """Start it, and wait until rows are written."""
        process = self.start()
        while not self.rows():
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        return process

    def rows(self) -> bool:
        """Whether there are any yet."""
        return any(path.stat().st_size for path in self.runs.glob("*/metrics.jsonl"))

    def checkpoints(self) -> int:
        """How many runs have one that can be read."""
        runs = [(run, run.spec().spec) for run in runs_in(self.runs)]
        return sum(checkpoint.find(run, spec) is not None for run, spec in runs)

    def summaries(self) -> dict[str, tuple[str, dict[str, float]]]:
        """State and final values of each run that is done."""
        found = {path.parent.name: json.loads(path.read_text()) for path in self.runs.glob("*/summary.json")}
        return {name: (summary["state_sha256"], summary["final"]) for name, summary in found.items()}


def output_of(process: subprocess.Popen[str], status: int) -> str:
    output, _ = process.communicate(timeout=600)
    assert process.returncode == status, output
    assert "Traceback" not in output
    return output


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    sweep = LongSweep(tmp_path_factory.mktemp("undisturbed"))
    output_of(sweep.start(), 0)
    assert len(sweep.summaries()) == 2
    return sweep.summaries()


@pytest.fixture
def sweep(tmp_path):
    return LongSweep(tmp_path)


def test_no_process_outlives_a_launcher_that_was_killed(sweep, undisturbed):
    process = sweep.start_training()
    process.kill()
    process.communicate()
    assert sweep.wait_for_end() < 10
    output_of(sweep.start(), 0)
    assert sweep.summaries() == undisturbed


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGHUP, marks=[pytest.mark.slow, pytest.mark.long]), signal.SIGTERM]
)
def test_signals_of_terminals_and_schedulers_stop_a_sweep_at_a_checkpoint(sweep, undisturbed, number):
    process = sweep.start_training()
    os.killpg(process.pid, number)
    came = time.monotonic()
    while sweep.checkpoints() < 2:
        assert time.monotonic() - came < 10
        time.sleep(0.1)
    assert "stopped; run the same command again" in output_of(process, 75)
    assert "(0 done, 2 to continue, 0 new)" in output_of(sweep.start(), 0)
    assert sweep.summaries() == undisturbed


def test_a_second_ctrl_c_does_not_wait_for_a_worker(sweep, undisturbed):
    process = sweep.start_training()
    worker = sweep.find("worker", process.pid)
    os.kill(worker, signal.SIGSTOP)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(5)
    process.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    while worker in sweep.processes():
        assert time.monotonic() - pressed < 10
        time.sleep(0.1)
    assert "ganlab: interrupted" in output_of(process, 130)
    output_of(sweep.start(), 0)
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
    assert process.wait(timeout=60) == 75
    assert sweep.checkpoints() == 2


def test_a_worker_that_was_asked_to_stop_alone_is_a_fault(sweep):
    process = sweep.start_training()
    os.kill(sweep.find("worker", process.pid), signal.SIGTERM)
    assert "FAILED lsgan: was asked to stop, and did at a checkpoint; run the same command" in output_of(process, 1)
    assert sweep.checkpoints() == 2


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="uncompiled, members that continue apart round otherwise")
def test_a_sweep_ends_the_same_whatever_of_it_was_killed(monkeypatch, capsys):
    """The long form is ``python scripts/kill_sweeps.py --kills 60``."""
    monkeypatch.setattr(sys, "argv", ["kill_sweeps.py", "--kills", "4"])
    status = kill_sweeps.main()
    output = capsys.readouterr().out
    assert status == 0, output
    assert "0 faults" in output
