"""What opens a user's accounts lands in no file and on no terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganlab.cli import main
from ganlab.sweeps.resolve import resolve
from ganlab.sweeps.schema import load_sweep

SECRET = "s3cr3tt0ken" + "0123456789abcdef" * 2
SWEEP = """
name: tiny
data: {name: column, path: "${PLACE}/x.csv", column: x}
variants: [vanilla]
seeds: [0]
steps: 4
batch_size: 16
builder: {name: mlp, widths: [8]}
evaluation: {every: 2, samples: 100}
"""


def column(folder: Path) -> None:
    folder.mkdir()
    (folder / "x.csv").write_text("x\n" + "".join(f"{number / 7}\n" for number in range(200)))


def found_in(folder: Path) -> list[str]:
    """The files that hold the secret."""
    return [str(file) for file in folder.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]


def test_a_spec_has_the_name_of_a_variable_and_not_its_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    column(tmp_path / SECRET)
    monkeypatch.setenv("PLACE", str(tmp_path / SECRET))
    (tmp_path / "s.yaml").write_text(SWEEP)
    (spec,) = resolve(load_sweep(tmp_path / "s.yaml"))
    assert "${PLACE}" in json.dumps(spec.record())
    assert SECRET not in json.dumps(spec.record())


@pytest.mark.parametrize(
    "text", [f"https://me:{SECRET}@host/x.csv", f"https://{SECRET}@host/x", f"https://host/x.csv?token={SECRET}"]
)
@pytest.mark.parametrize("key", ["data.path", "evaluators", "builder.name"])
def test_a_sweep_that_would_record_a_password_is_refused_without_showing_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], key: str, text: str
) -> None:
    (tmp_path / "s.yaml").write_text(SWEEP)
    assert main(["sweep", str(tmp_path / "s.yaml"), "--dry-run", f'{key}="{text}"']) == 2
    errors = capsys.readouterr().err
    assert "holds a password or a token" in errors
    assert SECRET not in errors


@pytest.mark.slow
def test_no_secret_is_in_anything_that_a_sweep_its_mirror_and_its_archive_leave(tmp_path: Path) -> None:
    place = tmp_path / "place"
    column(place)
    (tmp_path / "s.yaml").write_text(SWEEP)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WANDB_")},
        "HOME": str(tmp_path),
        "PLACE": str(place),
        "WANDB_MODE": "offline",
        "WANDB_API_KEY": SECRET,
        "WANDB_BASE_URL": f"http://me:{SECRET}@127.0.0.1:9",
        "HTTPS_PROXY": f"http://me:{SECRET}@127.0.0.1:9",
        "MY_PASSWORD": SECRET,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "remote.origin.url",
        "GIT_CONFIG_VALUE_0": f"https://me:{SECRET}@host/x.git",
    }

    def ganlab(*arguments: str) -> str:
        command = [sys.executable, "-m", "ganlab", *arguments]
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=800)
        return ended.stdout + ended.stderr

    said = ganlab("sweep", "s.yaml", "--no-compile")
    assert "offline" in said
    said += ganlab("report", "runs/tiny", "-o", "r.html")
    said += ganlab("cite", "runs/tiny", "-o", "a.zip", "--checkpoints")
    said += ganlab("wandb", "sync", "runs/tiny")
    assert (tmp_path / "a.zip").exists()
    assert list((tmp_path / "runs" / "tiny" / "wandb").glob("*run*"))
    assert found_in(tmp_path) == []
    assert SECRET not in said
