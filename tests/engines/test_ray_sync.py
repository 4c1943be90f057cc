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

from ganlab.compiler import has_compiler
from ganlab.record.progress import JobProgress, read_progress

pytest.importorskip("ray", reason="the extra 'ray' is not installed")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
    pytest.mark.skipif(not has_compiler(), reason="uncompiled, members that continue apart round otherwise"),
]

SWEEP = """
name: two
data: {name: gaussian}
variants: [wgan-gp]
seeds: [0]
steps: 10000
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


def wait_for_job(process: subprocess.Popen[str], runs: Path, besides: int = 0) -> JobProgress:
    """How far the job is, as soon as a process other than `besides` trains it."""
    while process.poll() is None:
        for one in map(read_progress, runs.glob("*/")):
            if one and one.phase == "training" and one.iteration > one.start and one.pid != besides:
                return one
        time.sleep(0.05)
    raise AssertionError(process.communicate()[0])


def table_of(place: Path, runs: str) -> str:
    return output_of(start(place, "table", runs, "--format", "csv"))


def test_jobs_on_nodes_without_the_folder_go_on_from_what_was_sent_back_and_have_its_table(place, cluster):
    output_of(start(place, "sweep", "two.yaml", "--runs", "here", "--workers", "1"))
    runs = place / "runs/two"
    command = ("sweep", "two.yaml", *on(cluster))
    stopped = start(place, *command)
    wait_for_job(stopped, runs)
    stopped.send_signal(signal.SIGINT)
    assert "stopped; run the same command again" in output_of(stopped, 130)
    process = start(place, *command)
    first = wait_for_job(process, runs)
    assert first.start > 0
    assert str(first.pid) in output_of(start(place, "status", "runs/two"))
    assert [node.sees(place) for node in cluster.nodes] == [[], []]
    node = next(node for node in cluster.nodes if node.has(first.pid))
    cluster.nodes.remove(node)
    node.kill()
    assert wait_for_job(process, runs, besides=first.pid).start == first.start
    output_of(process)
    assert table_of(place, "runs/two") == table_of(place, "here/two")
    assert not list(place.glob("runs/two/**/.*.tmp")) + list(place.glob("runs/two/*/*.lease"))
    assert not list(cluster.nodes[0].own.glob("ganlab-copies-*"))


def test_data_that_a_node_does_not_have_are_refused_in_a_sentence(place, cluster):
    output = output_of(start(place, "sweep", "two.yaml", "name=far", FAR_AWAY, *on(cluster)), 1)
    assert "where a job sees no file of the launcher's: " in output
    assert "heights.csv" in output
