"""The plugin of the documentation, from a sweep that is killed to an archive that verifies."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "docs" / "waves.py"
SWEEP = """
name: waves
plugins: [waves.py]
data: waves
variants: [two-views, vanilla]
seeds: [0]
steps: 1500
latent_dim: 4
builder: harmonics
optimizer: {lr: 1e-3}
evaluation: {every: 500, samples: 500}
"""
ENVIRONMENT = {"WANDB_MODE": "disabled", "OMP_NUM_THREADS": "1"}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PLUGIN.exists(), reason="the documentation is not here")]


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    command = [sys.executable, "-m", "ganlab", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, env=kept | ENVIRONMENT, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


def run(folder: Path, *arguments: str) -> str:
    process = start(folder, *arguments)
    output, errors = process.communicate(timeout=800)
    assert process.returncode == 0, output + errors
    return output


def wait_for(condition, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where two workers have trained the sweep, after a first launch that was killed in the middle."""
    folder = tmp_path_factory.mktemp("waves")
    (folder / "waves.py").write_text(PLUGIN.read_text())
    (folder / "waves.yaml").write_text(SWEEP)
    launch = start(folder, "sweep", "waves.yaml", "--workers", "2", "--no-compile")
    wait_for(lambda: any(file.stat().st_size for file in folder.glob("runs/waves/*/metrics.jsonl")), 400)
    os.killpg(launch.pid, signal.SIGKILL)
    launch.communicate()
    assert not list(folder.glob("runs/waves/*/summary.json"))
    (folder / "table.txt").write_text(run(folder, "sweep", "waves.yaml", "--workers", "2", "--no-compile"))
    (folder / "waves.py").unlink()  # whatever follows has the text that the runs carry
    return folder


def test_the_plugin_is_short(folder):
    assert len(PLUGIN.read_text().splitlines()) <= 120


def test_a_game_of_three_players_is_trained_and_measured_by_an_evaluator_of_its_own(folder):
    cells = json.loads(run(folder, "table", "runs/waves", "--format", "json"))
    impurity = {cell["variant"]: cell for cell in cells if cell["metric"] == "impurity"}
    assert impurity.keys() == {"two-views", "vanilla"}
    assert all(cell["n"] == 1 for cell in impurity.values())
    assert impurity["two-views"]["mean"] < 0.5


def test_a_run_that_was_killed_is_made_again_bit_by_bit(folder):
    run_id = next(folder.glob("runs/waves/two-views-s0-*")).name
    assert "is bit-identical" in run(folder, "reproduce", run_id, "--trust")


def test_pictures_of_the_plugin_are_in_the_report(folder):
    run(folder, "report", "runs/waves", "-o", "report.html")
    assert '"kind": "picture"' in (folder / "report.html").read_text().replace('":"', '": "')


def test_the_archive_verifies(folder):
    run(folder, "cite", "runs/waves", "-o", "archive.zip")
    assert "is verified" in run(folder, "verify", "archive.zip")
