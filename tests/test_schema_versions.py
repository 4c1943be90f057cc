"""Run directories that were recorded by earlier code are read, and those of a later one refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ganlab.cli import main
from ganlab.record import RunDirectory
from ganlab.record.run_directory import runs_in
from ganlab.record.spec_file import SCHEMA_VERSION
from ganlab.sweeps.plan import make_plan
from ganlab.sweeps.schema import load_sweep

FIXTURE = Path(__file__).parent / "fixtures" / f"schema_{SCHEMA_VERSION}"
"""Made by ``fixtures/record.py``: seed 0 is done, seed 1 was broken off at iteration 20 of 40."""


@pytest.fixture
def recorded(tmp_path):
    return Path(shutil.copytree(FIXTURE, tmp_path / "recorded"))


def test_a_recorded_sweep_has_its_table(recorded, capsys):
    assert main(["table", str(recorded / "runs/recorded"), "--format", "csv"]) == 0
    done = runs_in(recorded / "runs/recorded")[0]
    final = json.loads((done.path / "summary.json").read_text())["final"]
    assert f"{final['w1']:.3g}"[:4] in capsys.readouterr().out


def test_a_recorded_run_is_sampled_from_its_checkpoint(recorded):
    done = runs_in(recorded / "runs/recorded")[0]
    assert main(["sample", str(done.path), "-n", "200", "-o", str(recorded / "samples.npy")]) == 0
    samples = np.load(recorded / "samples.npy")
    assert len(samples) == 200
    assert np.isfinite(samples).all()


def test_a_recorded_sweep_is_archived_and_verified_with_its_checkpoint(recorded, capsys):
    (recorded / "runs/recorded/sweep.json").write_text(
        json.dumps({"signature": "", "runs": [runs_in(recorded / "runs/recorded")[0].path.name]})
    )
    archive = str(recorded / "archive.zip")
    assert main(["cite", str(recorded / "runs/recorded"), "-o", archive, "--checkpoints"]) == 0
    assert main(["verify", archive]) == 0
    assert capsys.readouterr().out.endswith(f"{archive} is verified\n")


def test_a_recorded_run_goes_on_from_its_checkpoint(recorded, train):
    plan = make_plan(load_sweep(recorded / "recorded.yaml", []), recorded / "runs", slots=1, compiled=False)
    assert [(run.state, run.iteration) for run in plan.runs] == [("done", 0), ("continue", 20)]
    (job,) = plan.jobs
    run = RunDirectory(job.runs[0])
    before = run.metrics()
    train([run.spec().spec], folder=plan.folder)
    assert [row["global_step"] for row in run.metrics()] == [10, 20, 30, 40]
    assert run.metrics()[:2] == before
    assert run.summary().status == "finished"


def test_a_later_schema_is_refused_in_a_sentence(recorded, capsys):
    spec = runs_in(recorded / "runs/recorded")[0].path / "spec.json"
    spec.write_text(json.dumps({**json.loads(spec.read_text()), "schema_version": SCHEMA_VERSION + 1, "new": 0}))
    for command in (["table", str(spec.parent.parent)], ["sample", str(spec.parent), "-o", str(recorded / "a.npy")]):
        assert main(command) == 2
        assert capsys.readouterr().err == (
            f"ganlab: {spec} was recorded by a later version of ganlab (schema {SCHEMA_VERSION + 1}, and this one "
            f"reads those up to {SCHEMA_VERSION}); install that version, or a later one\n"
        )
    plan = make_plan(load_sweep(recorded / "recorded.yaml", []), recorded / "runs", slots=1, compiled=False)
    assert [run.state for run in plan.runs] == ["damaged", "continue"]
    assert "was recorded by a later version of ganlab" in plan.runs[0].fault
