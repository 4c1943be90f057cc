"""Sweeps that Python code runs: in a script, in a thread, in a notebook."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import ganlab
from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.sweeps import load_sweep

KEYS = {
    "name": "small",
    "data": "gaussian",
    "variants": ["lsgan", {"name": "wgan-gp", "label": "mine"}],
    "seeds": range(2),
    "steps": 20,
    "batch_size": np.int64(16),
    "latent_dim": 4,
    "builder": {"name": "mlp", "widths": (8,)},
    "evaluation": {"every": 10, "samples": 500},
}

SCRIPT = """
import ganlab
keys = dict(name="small", data="gaussian", variants=["lsgan"], steps=20)
print(ganlab.sweep(keys, compiled=False, seeds=range(2)))
print(ganlab.train("lsgan", [float(i % 7) for i in range(100)], steps=20, seeds=3, compiled=False))
"""

NOTEBOOK = [
    "import ganlab",
    "sweep = ganlab.sweep(dict(name='small', data='gaussian', variants=['lsgan', 'wgan'], steps=20), seeds=[0, 1], "
    "compiled=False)",
    "sweep.table()",
    "sweep.figure('w1')",
    "sweep.frame().head()",
]


@pytest.fixture(autouse=True)
def _offline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")
    monkeypatch.setenv("PYTHONPATH", str(Path(ganlab.__file__).parents[1]))


def test_keys_from_python_are_those_of_a_file(tmp_path):
    (tmp_path / "small.yaml").write_text(
        "name: small\ndata: gaussian\nvariants: [lsgan, {name: wgan-gp, label: mine}]\nseeds: [0, 1]\nsteps: 20\n"
        "batch_size: 16\nlatent_dim: 4\nbuilder: {name: mlp, widths: [8]}\nevaluation: {every: 10, samples: 500}\n"
    )
    assert load_sweep(KEYS) == load_sweep(tmp_path / "small.yaml")
    assert load_sweep(KEYS, {"optimizer.lr": 1e-3}) == load_sweep(tmp_path / "small.yaml", ["optimizer.lr=0.001"])


def test_keys_from_python_extend_a_file(tmp_path):
    (tmp_path / "small.yaml").write_text("name: small\ndata: gaussian\nvariants: lsgan\nseeds: [0]\nsteps: 20\n")
    assert load_sweep({"extends": tmp_path / "small.yaml", "steps": 30}).steps == 30


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"step": 3}, r"the sweep: unknown key 'step'; did you mean 'steps'"),
        ({"variants": ["wgna"]}, r"did you mean 'wgan'"),
        ({"seeds": range(0)}, r"names no seeds"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(keys, message):
    with pytest.raises(InputError, match=message):
        ganlab.sweep({**KEYS, **keys})


def test_a_script_needs_no_guard_and_a_second_call_trains_nothing(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT)
    outputs = [
        subprocess.run([sys.executable, "script.py"], check=True, text=True, capture_output=True).stdout
        for _ in range(2)
    ]
    for output in outputs:
        assert "<Results of 2 runs (2 done): lsgan>" in output
        assert "<Results of 3 runs (3 done): lsgan>" in output
    assert "(0 done, 0 to continue, 2 new)" in outputs[0]
    assert "(2 done, 0 to continue, 0 new)" in outputs[1]


def test_one_call_may_name_its_sweep_and_count_its_seeds_with_numpy():
    results = ganlab.train("lsgan", "gaussian", steps=20, seeds=np.int64(2), name="mine", compiled=False)
    assert [run.spec.seed for run in results.runs] == [0, 1]
    assert Path("runs/mine").is_dir()


@pytest.mark.parametrize("seeds", [3, np.uint8(3), range(3), [0, 1, 2], np.arange(3), "0..2"])
def test_seeds_may_be_a_number_a_range_or_a_list(monkeypatch, seeds):
    monkeypatch.setattr("ganlab.api.sweep", lambda keys, **_: load_sweep(keys))
    assert ganlab.train("lsgan", "gaussian", steps=20, seeds=seeds).seeds == (0, 1, 2)


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        (2.0, r"^the seeds are 2\.0; give how many, or a range or list of whole numbers$"),
        (None, r"^the seeds are None; give how many"),
        ("three", r"'three' names no seeds; write a range such as 0\.\.4"),
    ],
)
def test_what_names_no_seeds_is_refused(seeds, message):
    with pytest.raises(InputError, match=message):
        ganlab.train("lsgan", "gaussian", steps=20, seeds=seeds)


@pytest.mark.slow
def test_a_thread_trains_as_the_command_does(tmp_path):
    found = []
    thread = threading.Thread(target=lambda: found.append(ganlab.sweep(KEYS, compiled=False)))
    thread.start()
    thread.join()
    (tmp_path / "small.yaml").write_text(
        "name: small\ndata: gaussian\nvariants: [lsgan, {name: wgan-gp, label: mine}]\nseeds: [0, 1]\nsteps: 20\n"
        "batch_size: 16\nlatent_dim: 4\nbuilder: {name: mlp, widths: [8]}\nevaluation: {every: 10, samples: 500}\n"
    )
    assert main(["sweep", "small.yaml", "--no-compile", "--runs", "others"]) == 0
    again = ganlab.read_runs("others/small")
    assert [run.result.state_sha256 for run in found[0].runs] == [run.result.state_sha256 for run in again.runs]


@pytest.mark.slow
def test_a_notebook_trains_and_shows_table_figure_and_frame(tmp_path):
    os.environ["IPYTHONDIR"] = str(tmp_path / "ipython")
    cells = [nbformat.v4.new_code_cell(source) for source in NOTEBOOK]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()
    shown = [set().union(*(one.get("data", {}) for one in cell.outputs)) for cell in notebook.cells]
    assert "text/html" in shown[2]
    assert "image/png" in shown[3]
    assert "text/html" in shown[4]


def test_a_run_that_fails_is_an_error_and_the_others_are_kept(tmp_path):
    results = ganlab.sweep({**KEYS, "variants": ["lsgan"]}, compiled=False)
    checkpoint = tmp_path / "runs/small" / results.runs[0].id / "summary.json"
    checkpoint.write_text("{")
    with pytest.raises(InputError, match=r"summary\.json.*the other runs are in"):
        ganlab.sweep({**KEYS, "variants": ["lsgan"]}, compiled=False)


def test_a_wrong_name_of_the_package_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'swep'"):
        ganlab.swep  # noqa: B018
    assert {"sweep", "train", "load", "compare", "read_runs", "plugin"} <= set(dir(ganlab))
