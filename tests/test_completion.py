"""Completion, by the shell itself."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ganlab.cli import main

ASK = """
source ganlab.bash
COMP_WORDS=({words} "")
COMP_WORDS[-1]="{start}"
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_ganlab
echo "${{COMPREPLY[*]}}"
"""


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "start", "completed"),
    [
        ("ganlab", "rep", "report reproduce"),
        ("ganlab sweep", "--dr", "--dry-run"),
        ("ganlab sweep", "my_", "my_sweep.yaml"),
        ("ganlab table", "my_", "my_sweep.yaml"),
        ("ganlab figure --kind", "", "curves strips search"),
    ],
)
def test_bash_completes_commands_options_and_files(tmp_path, capsys, words, start, completed):
    assert main(["completion", "bash"]) == 0
    (tmp_path / "ganlab.bash").write_text(capsys.readouterr().out)
    (tmp_path / "my_sweep.yaml").touch()
    command = ["bash", "-c", ASK.format(words=words, start=start)]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == completed


def test_zsh_is_given_a_completion_function(capsys):
    assert main(["completion", "zsh"]) == 0
    assert capsys.readouterr().out.startswith("#compdef ganlab\n")
