"""Plugins in the commands, as a user runs them: real files, real processes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from written_plugin import MINE, write_plugin

import ganlab
from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.plugins import added_plugins, fault_of, read_plugin
from ganlab.record import RunDirectory
from ganlab.sweeps import Plan, print_plan
from ganlab.sweeps.plan import make_plan
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep

SWEEP = """
name: own
plugins: [code/mine.py]
data: {name: my-uniform, half: 2.0}
variants: [mine, lsgan]
seeds: 0..1
steps: 30
batch_size: 16
builder: {name: my-net, width: 6}
optimizer: {name: my-sgd, lr: 1e-3}
evaluation: {every: 10, samples: 500}
"""


def run(folder: Path, *arguments: str, status: int = 0) -> str:
    """What a command in a process of its own prints, also on standard error if it is to fail."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WANDB_")}
    environment = {**kept, "WANDB_MODE": "disabled", "OMP_NUM_THREADS": "1", "HOME": str(folder)}
    command = [sys.executable, "-m", "ganlab", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + (done.stderr if status else "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Where two workers have trained a sweep that names a plugin."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "code").mkdir()
    write_plugin(folder / "code")
    (folder / "own.yaml").write_text(SWEEP)
    (folder / "table.txt").write_text(run(folder, "sweep", "own.yaml", "--no-compile", "--workers", "2"))
    (folder / "ran").unlink()
    return folder


@pytest.fixture
def in_folder(folder, monkeypatch) -> Iterator[Path]:
    """The folder as the working directory, and no code run in it during the test unless the test says so."""
    monkeypatch.chdir(folder)
    yield folder
    (folder / "ran").unlink(missing_ok=True)


def runs(folder: Path) -> list[Path]:
    return sorted(path.parent for path in (folder / "runs" / "own").glob("*/spec.json"))


def test_a_sweep_of_two_workers_trains_and_measures_with_what_the_plugin_registers(folder):
    table = (folder / "table.txt").read_text()
    plugin = read_plugin(folder / "code" / "mine.py")
    assert "| mine" in table
    assert len(runs(folder)) == 4
    for path in runs(folder):
        spec, summary = (json.loads((path / f"{name}.json").read_text()) for name in ("spec", "summary"))
        assert spec["plugins"] == [plugin.model_dump(mode="json")]
        assert summary["status"] == "finished"
        assert summary["final"]["my_width"] > 0
        assert summary["protocol"]["metrics"]["my_width"]["estimator"] == f"largest less smallest sample, by {plugin}"
        assert summary["protocol"]["reference"] == f"the exact density, by {plugin}"


def plan_of(folder: Path, *overrides: str) -> tuple[Plan, str]:
    """The plan of the sweep with `overrides`, and what is printed of it."""
    plan = make_plan(load_sweep(folder / "own.yaml", overrides), folder / "runs", slots=1)
    console = Console(file=io.StringIO(), width=1000)
    print_plan(plan, console)
    return plan, console.file.getvalue()


def test_the_same_sweep_again_has_nothing_left_to_do(in_folder):
    assert "4 done, 0 to continue, 0 new" in plan_of(in_folder)[1]


def test_a_changed_plugin_is_told_and_its_runs_begin_anew(in_folder, capsys):
    path = in_folder / "code" / "mine.py"
    try:
        path.write_text(MINE + "# a new idea\n")
        output = plan_of(in_folder)[1]
        assert main(["sample", runs(in_folder)[0].name, "-o", "x.npy", "--plugin", str(path)]) == 2
    finally:
        path.write_text(MINE)
    assert "0 done, 0 to continue, 4 new" in output
    assert "mine.py has changed since this sweep was planned; 4 runs of it with the old text stay on disk" in output
    refused = f"mine.py has changed since runs/own/{runs(in_folder)[0].name} was planned; restore it, or leave it out"
    assert refused in capsys.readouterr().err


@pytest.mark.parametrize("command", [["sample", "-o", "x.npy"], ["reproduce"]])
def test_code_in_a_record_does_not_run_unless_it_is_trusted(in_folder, capsys, command):
    name = runs(in_folder)[0].name
    assert main([command[0], name, *command[1:]]) == 2
    files = "mine.py, parts/__init__.py, parts/scores.py"
    assert f"{name} carries Python code of the run's author ({files}), which this would run" in capsys.readouterr().err
    assert not (in_folder / "ran").exists()


def test_code_in_a_record_runs_where_it_is_trusted_or_the_users_own(in_folder, tmp_path):
    name = runs(in_folder)[0].name
    assert main(["sample", name, "-n", "5", "-o", f"{tmp_path}/own.npy", "--plugin", "code/mine.py"]) == 0
    (in_folder / "code").rename(in_folder / "elsewhere")
    try:
        run(in_folder, "sample", name, "-n", "5", "-o", f"{tmp_path}/trusted.npy", "--trust")
        assert "is bit-identical" in run(in_folder, "reproduce", name, "--trust")
    finally:
        (in_folder / "elsewhere").rename(in_folder / "code")
    assert np.array_equal(np.load(tmp_path / "own.npy"), np.load(tmp_path / "trusted.npy"))


def test_results_and_archives_run_no_code_of_a_record(in_folder, tmp_path):
    own = "runs/own"
    for command in (["table"], ["report", "-o", f"{tmp_path}/r.html"], ["figure", "-o", f"{tmp_path}/f.svg"]):
        assert main([command[0], own, *command[1:]]) == 0
    assert main(["cite", own, "-o", f"{tmp_path}/a.zip", "--checkpoints"]) == 0
    assert main(["verify", f"{tmp_path}/a.zip"]) == 0
    assert main(["table", f"{tmp_path}/a.zip"]) == 0
    assert not (in_folder / "ran").exists()
    plugin = read_plugin(in_folder / "code" / "mine.py")
    page = (tmp_path / "r.html").read_text()
    assert str(plugin) in page
    assert "class Uniform" not in page


def test_methods_name_the_code_of_ones_own(in_folder, capsys):
    assert main(["cite", "runs/own"]) == 0
    plugin = read_plugin(in_folder / "code" / "mine.py")
    assert f"Code of our own, which the records hold: {plugin}." in capsys.readouterr().out


def test_list_shows_what_a_plugin_registers_beside_the_rest(in_folder, capsys):
    assert main(["list", "--plugin", "code/mine.py"]) == 0
    output = capsys.readouterr().out
    for line in ("  mine ", "  my-sgd ", "  my-net ", "  my-uniform ", "  my-width ", "  lsgan ", "  gaussian "):
        assert line in output


def test_list_takes_kinds(in_folder, capsys):
    assert main(["list", "variants", "mlp"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("variants\n")
    assert "builders\n  mlp " in output
    assert "gaussian" not in output


def test_an_interrupted_run_goes_on_in_a_worker(in_folder, train):
    changes = ("name=later", "variants=mine", "seeds=[0]")
    specs = resolve(load_sweep(in_folder / "own.yaml", changes))
    train(specs, folder=in_folder / "runs" / "later", stop_at=10)
    assert "0 done, 1 to continue" in run(in_folder, "sweep", "own.yaml", *changes, "--no-compile")
    later, whole = (RunDirectory(in_folder / "runs" / sweep / specs[0].id).summary() for sweep in ("later", "own"))
    assert later.final == whole.final


def test_python_loads_its_own_code_without_being_told_to_trust_it(in_folder):
    path = runs(in_folder)[0]
    with pytest.raises(InputError, match="carries Python code"):
        ganlab.load(path)
    ganlab.plugin("code/mine.py")
    assert ganlab.load(path).sample(3).shape == (3, 1)
    assert list(added_plugins()) == [in_folder / "code" / "mine.py"]


def test_a_record_whose_code_does_not_define_what_it_names_is_refused(in_folder, tmp_path):
    source = runs(in_folder)[-1]
    spec = json.loads((source / "spec.json").read_text())
    spec["plugins"][0]["files"]["mine.py"] = MINE.replace('name="my-net"', 'name="your-net"')
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    with pytest.raises(InputError, match=r"the builder 'my-net', which neither ganlab nor the record's plugins \(mine"):
        ganlab.load(tmp_path, trust=True)


def line_of(text: str) -> int:
    """The number of the first line of the plugin that has `text` in it."""
    return next(number for number, line in enumerate(MINE.splitlines(), start=1) if text in line)


@pytest.fixture
def bad(in_folder) -> Iterator[Callable[[str, str], None]]:
    """Writes the plugin with one text in place of another, and a sweep that names it."""
    path = in_folder / "code" / "bad.py"

    def write(old: str, new: str) -> None:
        path.write_text(MINE.replace(old, new))
        text = SWEEP.replace("mine.py", "bad.py").replace("name: own", "name: bad")
        (in_folder / "bad.yaml").write_text(text.replace("[mine, lsgan]", "[mine]").replace("0..1", "[0]"))

    yield write
    path.unlink()


def test_an_error_in_a_plugin_while_a_sweep_is_planned_is_one_sentence(in_folder, bad):
    bad("hidden(sample_shape[0]", "hidden(sample_shape[1]")
    with pytest.raises(IndexError) as raised:
        make_plan(load_sweep(in_folder / "bad.yaml"), in_folder / "runs", slots=1)
    assert (
        fault_of(raised.value) == f"bad.py, line {line_of('hidden(sample_shape')}: IndexError: tuple index out of range"
    )


def test_an_error_in_a_plugin_in_a_worker_is_one_sentence(in_folder, bad):
    bad("np.ptp(subject", "np.ptp(sujbect")
    output = run(in_folder, "sweep", "bad.yaml", "--no-compile", status=1)
    assert f"FAILED mine: bad.py, line {line_of('np.ptp')}: NameError: name 'sujbect' is not defined" in output
    assert "Traceback" not in output
