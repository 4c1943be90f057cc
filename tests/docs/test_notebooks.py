"""The notebooks of the site, executed for shorter."""

from __future__ import annotations

import os
import re

import nbformat
import pytest
from blocks import ROOT
from nbclient import NotebookClient

FOLDER = ROOT / "docs/notebooks"
SHORT = {
    r"^STEPS, SEEDS = .*": "STEPS, SEEDS = 20, range(2)",
    r"^STEPS, SEEDS, SAMPLES = .*": "STEPS, SEEDS, SAMPLES = 20, range(1), 200",
    r"seeds=SEEDS": "seeds=SEEDS, compiled=False",
}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the documentation is not here")


def code_of(name: str) -> list[str]:
    notebook = nbformat.read(FOLDER / name, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["article.ipynb", *(pytest.param(name, marks=pytest.mark.long) for name in ("own_game.ipynb", "images.ipynb"))],
)
def test_a_notebook_runs(tmp_path, small_cache, monkeypatch, name):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
    notebook = nbformat.read(FOLDER / name, as_version=4)
    for cell in notebook.cells:
        for usual, short in SHORT.items():
            cell.source = re.sub(usual, short, cell.source, flags=re.MULTILINE)
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()
    assert any(
        "text/html" in str(cell.get("outputs")) and "true samples" in str(cell.outputs) for cell in notebook.cells
    )


def test_both_languages_have_the_same_code():
    assert code_of("article.ipynb") == code_of("article.zh.ipynb")


@pytest.mark.parametrize("name", [file.name for file in sorted(FOLDER.glob("*.ipynb"))])
def test_a_notebook_is_kept_as_it_was_executed(name):
    notebook = nbformat.read(FOLDER / name, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not any(output.output_type == "error" for cell in cells for output in cell.outputs)
