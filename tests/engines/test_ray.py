"""Jobs as tasks of a real Ray cluster of two nodes on this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganlab.cli import main
from ganlab.compiler import has_compiler
from ganlab.record.progress import read_progress

pytest.importorskip("ray", reason="the extra 'ray' is not installed")

SWEEP = """
name: two
data: {name: gaussian}
variants: [vanilla, wgan-gp]
seeds: 0..5
steps: 4000
evaluation: {every: 1000, samples: 1000}
"""


@pytest.fixture(scope="module")
def cluster():
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cluster.nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    yield cluster
    cluster.shutdown()


class Sweep:
    """The sweep on the cluster, by a launcher of its own."""

    def __init__(self, folder: Path, cluster) -> None:
        (folder / "two.yaml").write_text(SWEEP, "utf-8")
        self.runs = folder / "runs" / "two"
        self._folder = folder
        self._options = ["--engine", "ray", "--engine-option", f"address={cluster.address}"]

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "ganlab", "sweep", "two.yaml", *self._options],
            cwd=self._folder,
            env={**os.environ, "WANDB_MODE": "disabled"},
            encoding="utf-8",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def wait_for_training(self, process: subprocess.Popen[str]) -> list[int]:
        """The processes that train, as soon as one does."""
        while process.poll() is None:
            found = [read_progress(path) for path in self.runs.glob("*")]
            if pids := [one.pid for one in found if one and one.phase == "training" and one.iteration > 0]:
                return pids
            time.sleep(0.05)
        raise AssertionError(process.communicate()[0])

    def table(self, capsys) -> str:
        capsys.readouterr()
        assert main(["table", str(self.runs), "--format", "csv"]) == 0
        return capsys.readouterr().out


def output_of(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=600)[0]


def node_of(cluster, pid: int):
    """The node of the cluster that the process `pid` belongs to."""
    parents = set()
    while pid > 1:
        parents.add(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    for node in cluster.nodes:
        if parents & {one.process.pid for kind in node.all_processes.values() for one in kind}:
            return node
    raise AssertionError("it is of none")


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="uncompiled, members that continue apart round otherwise")
def test_a_sweep_whose_node_was_killed_has_the_table_of_this_machine(tmp_path, cluster, capsys, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "disabled")
    sweep = Sweep(tmp_path, cluster)
    assert main(["sweep", str(tmp_path / "two.yaml"), "--runs", str(tmp_path / "runs"), "--workers", "1"]) == 0
    here = sweep.table(capsys)
    shutil.rmtree(sweep.runs)
    process = sweep.start()
    victim = node_of(cluster, sweep.wait_for_training(process)[0])
    cluster.remove_node(victim, allow_graceful=False)
    output = output_of(process)
    assert process.returncode == 0, output
    assert sweep.table(capsys) == here
    cluster.nodes = [node for node in cluster.nodes if node is not victim]


@pytest.mark.slow
@pytest.mark.long
def test_ctrl_c_stops_tasks_at_a_checkpoint(tmp_path, cluster):
    sweep = Sweep(tmp_path, cluster)
    process = sweep.start()
    sweep.wait_for_training(process)
    process.send_signal(signal.SIGINT)
    assert "stopped; run the same command again" in output_of(process)
    assert process.returncode == 130
    assert any(sweep.runs.glob("*/checkpoint.pt"))


def test_a_cluster_that_nobody_listens_for_is_named_at_once(tmp_path, capsys):
    (tmp_path / "two.yaml").write_text(SWEEP, "utf-8")
    began = time.monotonic()
    options = ["--engine", "ray", "--engine-option", "address=127.0.0.1:1"]
    assert main(["sweep", str(tmp_path / "two.yaml"), "--runs", str(tmp_path / "runs"), *options]) == 2
    assert "no Ray cluster can be reached at 127.0.0.1:1: " in capsys.readouterr().err
    assert time.monotonic() - began < 60
