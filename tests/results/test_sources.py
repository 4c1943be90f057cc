"""What is read of a folder of runs, and what of it is not believed."""

from __future__ import annotations

import json
import shutil

import pytest

from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.plugins import loading, use_plugins
from ganlab.record.plugin import Plugin
from ganlab.results import build, read_runs


@pytest.fixture
def folder(trained_sweep, tmp_path):
    """A copy of a sweep that was really trained."""
    return shutil.copytree(trained_sweep, tmp_path / "small")


def run_of(folder, row):
    return next(path for path in sorted(folder.iterdir()) if path.name.startswith(row))


def test_a_summary_of_which_a_digit_was_changed_is_refused(folder):
    path = run_of(folder, "lsgan-s0") / "summary.json"
    summary = json.loads(path.read_text())
    summary["final"]["w1"] /= 10
    path.write_text(json.dumps(summary))
    with pytest.raises(InputError, match=r"lsgan-s0-.*/summary\.json was changed after it was written"):
        read_runs([str(folder)])


def test_the_summary_of_another_seed_does_not_count_twice(folder):
    shutil.copy(run_of(folder, "lsgan-s1") / "summary.json", run_of(folder, "lsgan-s0"))
    with pytest.raises(InputError, match=r"lsgan-s0-.*/summary\.json has the spec_sha256 .* it is another run's"):
        read_runs([str(folder)])


def test_a_spec_that_was_edited_is_refused(folder):
    path = run_of(folder, "lsgan-s0") / "spec.json"
    path.write_text(path.read_text().replace('"batch_size": 16', '"batch_size": 32'))
    with pytest.raises(InputError, match=r"summary\.json has the spec_sha256 .* or was edited"):
        read_runs([str(folder)])


@pytest.mark.parametrize("change", [lambda lines: lines[:-2], lambda lines: lines[1:], lambda lines: []])
def test_rows_that_were_lost_make_no_column_of_all_looks(folder, change):
    path = run_of(folder, "lsgan-s0") / "metrics.jsonl"
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))
    runs = read_runs([str(folder)])
    assert build(runs, ["w1", "best/w1"])
    with pytest.raises(InputError, match=r"metrics\.jsonl does not hold the rows that the run ended with"):
        build(runs, ["steps_to/w1=0.5"])


CODE = """
import pathlib
from dataclasses import replace
from ganlab.variants import VARIANTS, register

pathlib.Path("ran").touch()
register(replace(VARIANTS["lsgan"], name="mine"))
"""


def test_nothing_that_reads_results_runs_the_code_that_a_record_carries(specs_of, train, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plugin = Plugin(name="mine.py", files={"mine.py": CODE})
    train([spec.model_copy(update={"plugins": (plugin,)}) for spec in specs_of("seeds=0..1")], folder=tmp_path / "own")
    (tmp_path / "ran").unlink()
    use_plugins([])
    monkeypatch.setattr(loading, "_process", loading._Process())  # as in a process that has not run it
    for command in (["table"], ["report", "-o", "r.html"], ["figure", "-o", "f.svg"], ["cite", "-o", "a.zip"]):
        assert main([command[0], "own", *command[1:]]) == 0
    assert main(["verify", "a.zip"]) == 0
    assert not (tmp_path / "ran").exists()
