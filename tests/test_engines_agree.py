"""The same sweep on several engines, disturbed: tables of the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import loopback_slurm
import pytest
from loopback_slurm import LoopbackSlurm

from ganlab.compiler import has_compiler
from ganlab.record.progress import read_progress

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_compiler(), reason="uncompiled, members of populations of two sizes round otherwise"),
]

SWEEP = """
name: agreement
data: {name: gaussian}
variants: [wgan-gp, vanilla]
seeds: 0..5
steps: 3000
batch_size: 32
builder: {name: mlp, widths: [16]}
evaluation: {every: 2000, samples: 1000}
"""

SEARCH = """
name: agreement
data: {name: gaussian}
variants: [vanilla]
batch_size: 16
builder: {name: mlp, widths: [8]}
evaluation: {every: 40, samples: 500}
search:
  space: {optimizer.lr: {low: 1.0e-4, high: 1.0e-2, log: true}}
  trials: 3
  method: sobol
  tune_seeds: [10, 11]
  report_seeds: [0, 1]
  budget: 1280
"""


class Place:
    """A folder in which the sweep is run, and the commands that are given there."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None, sweep: str = SWEEP) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "agreement.yaml").write_text(sweep)
        self.folder = folder
        self.sweep = folder / "runs/agreement"
        self._environment = {**(environment or os.environ), "WANDB_MODE": "disabled"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ganlab", *arguments],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, status: int = 0) -> str:
        return output_of(self.start(*arguments), status)

    def table(self) -> str:
        return self.run("table", "runs/agreement", "--format", "json")

    def wait_for_training(self, jobs: int) -> None:
        """Wait until so many jobs have made iterations."""
        end = time.monotonic() + 300
        while sum(self._iteration(run) > 0 for run in self.sweep.glob("*/")) < jobs:
            assert time.monotonic() < end
            time.sleep(0.1)

    def _iteration(self, run: Path) -> int:
        progress = read_progress(run)
        return progress.iteration if progress else 0


def output_of(process: subprocess.Popen[str], status: int = 0) -> str:
    output, _ = process.communicate(timeout=600)
    assert process.returncode == status, output
    assert "Traceback" not in output, output
    return output


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> str:
    place = Place(tmp_path_factory.mktemp("undisturbed"))
    place.run("sweep", "agreement.yaml", "--workers", "2")
    return place.table()


def test_two_launchers_at_once_share_the_runs_of_a_sweep(undisturbed, tmp_path):
    place = Place(tmp_path / "shared")
    launchers = [place.start("sweep", "agreement.yaml", "--workers", "1") for _ in range(2)]
    place.wait_for_training(2)
    assert "12 at work" in place.run("status", "runs/agreement")
    outputs = [output_of(launcher) for launcher in launchers]
    assert place.table() == undisturbed
    assert all("12 runs" in output for output in outputs)


@pytest.mark.long
def test_what_a_killed_launcher_had_is_done_by_the_other(undisturbed, tmp_path):
    place = Place(tmp_path / "killed")
    launchers = [place.start("sweep", "agreement.yaml", "--workers", "1") for _ in range(2)]
    place.wait_for_training(2)
    launchers[0].kill()
    launchers[0].communicate()
    output_of(launchers[1])
    assert place.table() == undisturbed


@pytest.fixture
def slurm(tmp_path):
    if reason := loopback_slurm.why_not():
        pytest.skip(reason)
    pytest.importorskip("submitit", reason="submitit is not installed")
    slurm = LoopbackSlurm(tmp_path / "slurm")
    yield slurm
    slurm.close()


def test_slurm_with_a_preemption_and_a_launcher_that_was_closed_meanwhile(undisturbed, tmp_path, slurm):
    place = Place(tmp_path / "cluster", slurm.environment)
    command = ("sweep", "agreement.yaml", "--engine", "slurm", "--engine-option", "array_parallelism=2")
    first = place.start(*command)
    place.wait_for_training(2)
    first.kill()
    first.communicate()
    slurm.ask("sbatch", "--partition=urgent", "--ntasks=2", "--output=/dev/null", "--wrap", "srun sleep 1")
    while "urgent" not in slurm.ask("squeue", "-h", "-t", "running", "-o", "%P"):
        time.sleep(0.2)
    status = place.run("status", "runs/agreement")
    assert " 0 at work, " in status
    assert " 0 waiting" not in status, "all was done before it could be preempted"
    place.run(*command)
    assert place.table() == undisturbed
    assert len(list(place.sweep.glob("slurm/*_result.pkl"))) == 2  # no task was submitted twice


@pytest.mark.long
def test_a_search_on_slurm_and_on_ray_has_the_table_of_this_machine(slurm, tmp_path):
    pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    here, by_slurm, by_ray = (Place(tmp_path / name, slurm.environment, SEARCH) for name in ("here", "slurm", "ray"))
    here.run("sweep", "agreement.yaml")
    by_slurm.run("sweep", "agreement.yaml", "--engine", "slurm")
    by_ray.run("sweep", "agreement.yaml", "--engine", "ray")
    assert here.table() == by_slurm.table() == by_ray.table()
