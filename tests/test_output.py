"""Output in any encoding, as users redirect it: real processes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab.cli import main

SWEEP = """
name: tiny
data: {name: column, path: "gr\u00f6\u00dfe.csv", column: "gr\u00f6\u00dfe \u8eab\u9ad8"}
variants: [vanilla]
seeds: 0..1
steps: 20
batch_size: 16
builder: {name: mlp, widths: [8]}
evaluation: {every: 10, samples: 100}
"""
LONG = [pytest.mark.slow, pytest.mark.long]
ASCII_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
HINT = "lacks some of these characters, which are spelled out; set PYTHONIOENCODING=utf-8 to have them"


class Shell:
    """A folder with a sweep that runs in the encoding that `environment` asks for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, **environment: str) -> tuple[bytes, bytes]:
        """What a command prints that goes well, and what it says on standard error."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WANDB_", "PYTHONIO"))}
        done = subprocess.run(
            [sys.executable, "-m", "ganlab", *arguments],
            cwd=self.folder,
            env=kept | {"WANDB_MODE": "disabled"} | environment,
            capture_output=True,
            timeout=800,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout, done.stderr


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A shell in which a sweep was trained with its output in cp1252."""
    shell = Shell(tmp_path_factory.mktemp("swept"))
    (shell.folder / "tiny.yaml").write_text(SWEEP, encoding="utf-8")
    rows = "".join(f"{value}\n" for value in range(200))
    (shell.folder / "gr\u00f6\u00dfe.csv").write_text(f"gr\u00f6\u00dfe \u8eab\u9ad8\n{rows}", encoding="utf-8")
    shell.output, shell.errors = shell.run("sweep", "tiny.yaml", "--no-compile", PYTHONIOENCODING="cp1252")
    return shell


def test_a_sweep_in_cp1252_prints_its_table_to_the_end(swept):
    output = swept.output.decode("cp1252")
    assert "w1 (lower is better)" in output
    assert "\u00b1 half-width" in output, "which cp1252 has"
    assert "gr\u00f6\u00dfe \\u8eab\\u9ad8" in output
    assert "ganlab reproduce runs/tiny/vanilla-s0-" in output
    assert swept.errors.decode("cp1252").count(f"ganlab: the encoding of the output {HINT}") == 1


@pytest.mark.parametrize("format", ["md", "csv", *(pytest.param(one, marks=LONG) for one in ("latex", "json"))])
def test_a_redirected_table_is_utf8_in_whatever_locale(swept, format):
    output, errors = swept.run("table", "runs/tiny", "--format", format, **ASCII_LOCALE)
    expected, _ = swept.run("table", "runs/tiny", "--format", format, PYTHONIOENCODING="utf-8")
    assert output == expected
    assert errors == b""
    assert {"md": "w1 \u2193", "latex": "downarrow", "csv": "gr\u00f6\u00dfe \u8eab\u9ad8", "json": "{"}[
        format
    ] in output.decode()


def test_data_formats_can_be_read_in_an_encoding_that_was_asked_for(swept):
    output, errors = swept.run("table", "runs/tiny", "--format", "json", PYTHONIOENCODING="ascii")
    assert "gr\u00f6\u00dfe \u8eab\u9ad8" in json.loads(output.decode("ascii"))[0]["dataset"]
    assert errors == b"", "JSON has its own escapes"
    output, errors = swept.run("table", "runs/tiny", "--format", "csv", PYTHONIOENCODING="cp1252")
    assert next(csv.DictReader(output.decode("cp1252").splitlines()))["variant"] == "vanilla"
    assert HINT.encode() in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["table", "runs/tiny"],
        ["list"],
        ["--help"],
        ["table", "--help"],
        ["cite", "runs/tiny"],
        ["report", "runs/tiny", "-o", "gr\u00f6\u00dfe \u2193.html"],
        ["figure", "runs/tiny", "-o", "gr\u00f6\u00dfe \u2193.svg"],
        ["sweep", "tiny.yaml", "--no-compile"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("encoding", ["cp1252", pytest.param("ascii", marks=pytest.mark.long)])
@pytest.mark.slow
def test_no_command_fails_for_its_encoding(swept, arguments, encoding):
    output, errors = swept.run(*arguments, PYTHONIOENCODING=encoding)
    assert output.decode(encoding)
    assert "Traceback" not in errors.decode(encoding)


def test_a_message_in_any_encoding_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for encoding in ("ascii", "utf-8"):
        done = subprocess.run(
            [sys.executable, "-m", "ganlab", "table", os.fsdecode(b"gr\xff\xe2\x86\x93\n")],
            env={**os.environ, "PYTHONIOENCODING": encoding},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2
        first = done.stderr.decode(encoding).splitlines()[0]
        assert first.startswith("ganlab: there is no folder 'gr\\udcff")
        assert first.endswith("runs/gaussian_1d")
        assert (HINT in done.stderr.decode(encoding)) == (encoding == "ascii")


def test_output_that_is_no_file_is_left_as_it_is(monkeypatch):
    class Cell:
        """As notebooks have it."""

        written = ""

        def write(self, text: str) -> None:
            self.written += text

        def flush(self) -> None:
            pass

    cell = Cell()
    monkeypatch.setattr(sys, "stdout", cell)
    assert main(["list"]) == 0
    assert "Fr\u00e9chet" in cell.written


@pytest.mark.skipif(sys.platform == "win32", reason="shells of Windows close no streams")
@pytest.mark.parametrize(
    ("arguments", "closed", "status"),
    [
        ("list variants", ">&-", 0),
        ("table nowhere", "2>&-", 2),
        ("sweep tiny.yaml --no-compile", "2>&-", 0),
        ("sweep tiny.yaml --no-compile", "<&- >&- 2>&-", 0),
    ],
)
def test_commands_do_their_work_where_output_is_closed(tmp_path, arguments, closed, status):
    sweep = SWEEP.replace(SWEEP.splitlines()[2], "data: gaussian").replace("seeds: 0..1", "seeds: [0]")
    (tmp_path / "tiny.yaml").write_text(sweep, encoding="utf-8")
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m ganlab {arguments} {closed}', sys.executable],
        cwd=tmp_path,
        env=os.environ | {"WANDB_MODE": "disabled"},
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (status, False)
    if arguments.startswith("sweep"):
        (run,) = (tmp_path / "runs/tiny").glob("*/summary.json")
        assert json.loads(run.read_text())["status"] == "finished"
