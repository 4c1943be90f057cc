"""ganlab without its extras: training, tables and figures work, and the rest names the extra that it needs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ganlab
from ganlab.cli import main
from ganlab.evaluation.images.inception import load_inception
from ganlab.extras import EXTRAS, ExtraMissingError, needed_for, require
from ganlab.results.report import report

ROOT = Path(__file__).parents[1]
SHORT = ["steps=20", "batch_size=16", "log_every=10", "evaluation.samples=500", "evaluation.every=10"]

WITHOUT_EXTRAS = f"""
import sys
from importlib import metadata

usual = metadata.version

def version(name):
    if name.replace("-", "_") in {list(EXTRAS)}:
        raise metadata.PackageNotFoundError(name)
    return usual(name)

metadata.version = version
sys.modules.update(dict.fromkeys({list(EXTRAS)}))
"""
"""Run at the start of a process, it hides the libraries of all extras."""


def test_every_module_of_an_extra_is_listed_with_the_extra_that_installs_it():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    names = {re.match(r"[\w-]+", requirement)[0]: extra for extra, some in extras.items() for requirement in some}
    del names["ganlab"]  # of the extra "all"
    assert {module.replace("_", "-"): extra for module, extra in EXTRAS.items()} == names
    assert set(re.search(r"ganlab\[(.*)\]", extras["all"][0])[1].split(",")) == set(names.values())


def test_a_missing_library_is_named_with_what_needs_it_and_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    sentence = r"^the data set 'x' needs torchvision: pip install 'ganlab\[images\]'$"
    with pytest.raises(ExtraMissingError, match=sentence), needed_for("the data set 'x'"):
        from torchvision import datasets  # noqa: F401
    with pytest.raises(ExtraMissingError, match=sentence):
        require("torchvision", "the data set 'x'")


def test_a_missing_module_of_no_extra_is_a_fault():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"), needed_for("x"):
        import no_such_module  # noqa: F401


def test_without_extras_a_sweep_trains_and_says_once_that_it_is_not_mirrored(tmp_path, monkeypatch):
    """In processes that find no library of an extra."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_EXTRAS)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    environment.pop("WANDB_MODE", None)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ganlab", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    assert main(["init"]) == 0
    swept = run("sweep", "gaussian_1d.yaml", *SHORT, "variants=[wgan]", "seeds=0..1", "--no-compile", "--workers", "1")
    assert (swept.returncode, swept.stderr) == (0, "")
    assert "| wgan" in swept.stdout
    assert swept.stdout.count("wandb is not installed") == 1
    assert re.search(
        r"pip install 'ganlab\[wandb\]' && ganlab wandb sync \S*runs/gaussian_1d$", swept.stdout, re.MULTILINE
    )
    assert list(tmp_path.glob("runs/gaussian_1d/*/samples/*.png"))
    assert run("figure", "runs/gaussian_1d", "-o", "w1.pdf").returncode == 0


NEEDED = {
    "sweep gaussian_1d.yaml data=cifar10": "the data set 'cifar10' needs torchvision: pip install 'ganlab[images]'",
    "sweep gaussian_1d.yaml --engine ray": "the engine 'ray' needs ray: pip install 'ganlab[ray]'",
    "sweep gaussian_1d.yaml --engine slurm": "the engine 'slurm' needs submitit: pip install 'ganlab[slurm]'",
    "sweep gaussian_1d.yaml --engine wandb": "the engine 'wandb' needs wandb: pip install 'ganlab[wandb]'",
    "table wandb:me/mine": "reading runs of W&B needs wandb: pip install 'ganlab[wandb]'",
    "wandb sync .": "W&B needs wandb: pip install 'ganlab[wandb]'",
}


@pytest.mark.parametrize("command", NEEDED)
def test_a_command_names_the_extra_that_it_needs(tmp_path, monkeypatch, capsys, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "ganlab.results.wandb_runs", raising=False)
    for module in EXTRAS:
        monkeypatch.setitem(sys.modules, module, None)
    main(["init"])
    capsys.readouterr()
    assert main(command.split()) == 2
    assert capsys.readouterr().err == f"ganlab: {NEEDED[command]}\n"


def test_the_report_names_the_extra_that_it_needs(monkeypatch):
    for module in [one for one in sys.modules if one.partition(".")[0] == "plotly"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(ExtraMissingError, match=r"^the report needs plotly: pip install 'ganlab\[report\]'$"):
        report([], [])


def test_inception_is_absent_without_torch_fidelity_and_nothing_is_downloaded(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)
    monkeypatch.setenv("GANLAB_DOWNLOAD", "1")
    with pytest.raises(ExtraMissingError, match=r"^the extractor 'inception' needs torch-fidelity: .*images"):
        load_inception()


@pytest.mark.slow
@pytest.mark.long
def test_the_wheel_works_in_an_empty_environment_without_extras(tmp_path):
    def uv(*words: str) -> None:
        subprocess.run(["uv", *words], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)

    environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
    try:
        uv("venv", "--python", sys.executable, "empty")
        uv("build", "--out-dir", str(tmp_path / "built"), str(ROOT))
        wheel, sdist = (next((tmp_path / "built").glob(f"*{ending}")) for ending in (".whl", ".tar.gz"))
        uv("pip", "install", "--python", str(tmp_path / "empty"), f"{wheel}")
    except FileNotFoundError:
        pytest.skip("uv is not installed")
    except subprocess.CalledProcessError as error:
        if "error sending request" in error.stderr or "Failed to fetch" in error.stderr:
            pytest.skip("no package index can be reached")
        raise AssertionError(error.stderr) from error
    assert sdist.stat().st_size < 5_000_000
    programs = tmp_path / "empty" / ("Scripts" if sys.platform == "win32" else "bin")

    def run(program: str, *words: str) -> str:
        done = subprocess.run(
            [str(programs / program), *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    missing = f"from importlib.util import find_spec; print([one for one in {list(EXTRAS)} if find_spec(one)])"
    assert run("python", "-c", missing).strip() == "[]"
    assert run("ganlab", "--version").strip() == f"ganlab {ganlab.__version__}"
    run("ganlab", "init")
    run("ganlab", "sweep", "gaussian_1d.yaml", *SHORT, "variants=[wgan]", "seeds=[0]")
    assert "| wgan" in run("ganlab", "table", "runs/gaussian_1d")
