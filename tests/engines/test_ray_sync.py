"""Jobs of Ray on nodes that cannot see the launcher's folder, by ``sync``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hidden_nodes import HiddenNode, why_not

from ganlab.cli import main
from ganlab.compiler import has_compiler
from ganlab.record.progress import JobProgress, read_progress

pytest.importorskip("ray", reason="the extra 'ray' is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.skipif(not has_compiler(), reason="uncompiled, members that continue apart round otherwise"),
]

SWEEP = """
name: two
data: {name: gaussian}
variants: [vanilla, wgan-gp]
seeds: 0..2
steps: 4000
builder: {name: mlp, widths: [16]}
evaluation: {every: 1000, samples: 1000}
"""
FAR_AWAY = "data={name: column, path: heights.csv, column: height}"


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """The launcher's folder, which no node sees."""
    folder = tmp_path_factory.mktemp("launcher")
    (folder / "two.yaml").write_text(SWEEP, "utf-8")
    (folder / "heights.csv").write_text("height\n" + "\n".join(str(170 + i % 13) for i in range(500)), "utf-8")
    return folder


@pytest.fixture(scope="module")
def cluster(place, tmp_path_factory):
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    cluster.nodes = []
    for name in ("first", "second"):
        cluster.nodes.append(HiddenNode(cluster.address, place, tmp_path_factory.mktemp("nodes") / name))
        cluster.nodes[-1].wait()
    yield cluster
    for node in cluster.nodes:
        node.kill()
    cluster.shutdown()


def start(place: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ganlab", *arguments],
        cwd=place,
        env={**os.environ, "WANDB_MODE": "disabled"},
        encoding="utf-8",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def on(cluster) -> list[str]:
    return ["--engine", "ray", "--engine-option", f"address={cluster.address}", "--engine-option", "sync=true"]


def output_of(process: subprocess.Popen[str], status: int = 0) -> str:
    output = process.communicate(timeout=600)[0]
    assert process.returncode == status, output
    assert "Traceback" not in output, output
    return output


def jobs_in(runs: Path) -> list[JobProgress]:
    found = [read_progress(run) for run in runs.glob("*/")]
    return [one for one in found if one and one.phase == "training" and one.iteration > one.start]


def wait_for_jobs(process: subprocess.Popen[str], runs: Path, count: int, besides: int = 0) -> list[JobProgress]:
    """How far the jobs are, as soon as so many train, none of them in the process `besides`."""
    while process.poll() is None:
        if len(found := jobs_in(runs)) >= count and besides not in [one.pid for one in found]:
            return found
        time.sleep(0.05)
    raise AssertionError(process.communicate()[0])


def table_of(place: Path, runs: str) -> str:
    return output_of(start(place, "table", runs, "--format", "csv"))


def test_jobs_on_nodes_without_the_folder_go_on_from_what_was_sent_back_and_have_its_table(place, cluster):
    output_of(start(place, "sweep", "two.yaml", "--runs", "here", "--workers", "1"))
    runs = place / "runs/two"
    command = ("sweep", "two.yaml", *on(cluster))
    stopped = start(place, *command)
    wait_for_jobs(stopped, runs, 2)
    stopped.send_signal(signal.SIGINT)
    assert "stopped; run the same command again" in output_of(stopped, 130)
    process = start(place, *command)
    victim = wait_for_jobs(process, runs, 2)[0]
    assert victim.start > 0
    node = next(node for node in cluster.nodes if node.has(victim.pid))
    assert str(victim.pid) in output_of(start(place, "status", "runs/two"))
    assert [node.sees(place) for node in cluster.nodes] == [[], []]
    cluster.nodes.remove(node)
    node.kill()
    again = wait_for_jobs(process, runs, 1, besides=victim.pid)
    assert victim.start in [one.start for one in again if one.runs == victim.runs]
    output_of(process)
    assert table_of(place, "runs/two") == table_of(place, "here/two")
    assert not list(place.glob("runs/two/**/.*.tmp")) + list(place.glob("runs/two/*/*.lease"))
    assert not list(cluster.nodes[0].own.glob("ganlab-copies-*"))


def test_data_that_a_node_does_not_have_are_refused_in_a_sentence(place, cluster):
    output = output_of(start(place, "sweep", "two.yaml", "name=far", FAR_AWAY, "variants=[vanilla]", *on(cluster)), 1)
    assert "where a job sees no file of the launcher's: " in output
    assert "heights.csv" in output
