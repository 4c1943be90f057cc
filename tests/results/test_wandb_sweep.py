"""A sweep trained and mirrored by real processes, and read back from a server on the loopback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from wandb_stand_in import WandbStandIn
from wandb_stand_in.fixtures import logged_in, lone_client

from ganlab.cli import main
from ganlab.results import FORMATS, build, read_runs, render
from ganlab.results.wandb_runs import wandb_runs

PLACE = "someone/ganlab"
METRICS = ["w1", "best/w1", "js", "steps_to/w1=1"]

SWEEP = """
name: small
data: {name: gaussian}
variants: [vanilla, lsgan, {name: lsgan, label: too-fast, optimizer: {lr: 1e12}}]
seeds: 0..2
steps: 60
batch_size: 16
latent_dim: 4
builder: {name: mlp, widths: [8]}
evaluation: {every: 20, samples: 500}
log_every: 10
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def online(home: Path) -> Iterator[WandbStandIn]:
    """A server that has the sweep `small`, whose folder is ``runs/small``."""
    with lone_client(home) as patch, logged_in(patch) as stand_in:
        (home / "small.yaml").write_text(SWEEP)
        sweep("small.yaml")
        yield stand_in


def sweep(*arguments: str) -> str:
    command = [sys.executable, "-m", "ganlab", "sweep", *arguments, "--no-compile"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("format", FORMATS)
def test_a_table_from_wandb_is_that_of_the_folder(online: WandbStandIn, format: str) -> None:
    ours, theirs = (render(build(read_runs([source]), METRICS), format) for source in ("runs/small", f"wandb:{PLACE}"))
    assert theirs == ours
    assert "too-fast" in ours


def test_specs_and_summaries_come_back_bit_for_bit(online: WandbStandIn) -> None:
    ours, theirs = read_runs(["runs/small"]), wandb_runs(PLACE)
    texts = [
        [json.dumps([run.spec_file.record(), run.summary and run.summary.record()]) for run in runs]
        for runs in (ours, theirs)
    ]
    assert texts[0] == texts[1]
    assert {run.diverged for run in theirs} == {True, False}


def test_every_row_comes_back_with_its_nulls(online: WandbStandIn) -> None:
    ours, theirs = read_runs(["runs/small"]), wandb_runs(PLACE)
    for mine, other in zip(ours, theirs, strict=True):
        assert list(other.origin.rows()) == list(mine.origin.rows())
    assert any(None in row.values() for run in ours for row in run.origin.rows())


def test_a_project_takes_one_query_and_its_histories_none(online: WandbStandIn) -> None:
    asked = len(online.asked)
    assert len(wandb_runs(PLACE)) == 9
    assert [name for name in online.asked[asked:] if name not in ("Viewer", "GetDefaultEntity")] == ["Runs"]


def test_the_command_filters(online: WandbStandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", f"wandb:{PLACE}", "--filter", "variant=lsgan", "--format", "csv"]) == 0
    filtered = capsys.readouterr().out
    assert "lsgan" in filtered
    assert "vanilla" not in filtered
