"""What would fail on other systems, found by reading the code."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ganlab

PACKAGE = Path(ganlab.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
ENCODING_AT = {"read_text": 0, "write_text": 1}
"""Methods of paths, with the position of the encoding among their arguments."""


def calls_by_locale(source: str) -> list[int]:
    """The lines with a call that reads or writes text in whatever encoding the system has."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if _is_text(call) and not _has_encoding(call)]


def _is_text(call: ast.Call) -> bool:
    if any(key.arg in ("text", "universal_newlines") and _value(key.value) is True for key in call.keywords):
        return True
    if isinstance(call.func, ast.Attribute):
        return call.func.attr in ENCODING_AT or (call.func.attr == "open" and _is_text_mode(call, position=0))
    return isinstance(call.func, ast.Name) and call.func.id == "open" and _is_text_mode(call, position=1)


def _is_text_mode(call: ast.Call, position: int) -> bool:
    """Whether the mode of a call of `open` is one for text; archives take a name where paths take the mode."""
    named = [key.value for key in call.keywords if key.arg == "mode"]
    mode = next(iter([*named, *call.args[position:]]), ast.Constant("r"))
    return isinstance(_value(mode), str) and "b" not in str(_value(mode))


def _value(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _has_encoding(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", "")
    return any(key.arg == "encoding" for key in call.keywords) or len(call.args) > ENCODING_AT.get(name, 9)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("path.read_text()", [1]),
        ("path.read_text('utf-8')", []),
        ("path.read_text(encoding='utf-8')", []),
        ("path.write_text(text)", [1]),
        ("path.write_text(text, 'utf-8')", []),
        ("path.open()", [1]),
        ("path.open('w')", [1]),
        ("path.open(newline='')", [1]),
        ("path.open('rb')", []),
        ("path.open(mode='rb')", []),
        ("archive.open(name)", []),
        ("open(path)", [1]),
        ("open(path, 'w', encoding='utf-8')", []),
        ("subprocess.run(command, text=True)", [1]),
        ("subprocess.run(command, encoding='utf-8')", []),
    ],
)
def test_calls_in_the_encoding_of_the_system_are_found(source, lines):
    assert calls_by_locale(source) == lines


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_text_is_read_and_written_in_an_encoding_that_is_named(file):
    assert calls_by_locale(file.read_text(encoding="utf-8")) == []


CLOCKS_THAT_CAN_BE_SET = {"time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.strftime", "time.ctime"}
CLOCKS_THAT_CAN_BE_SET |= {f"{one}.{call}" for one in ("datetime", "date") for call in ("now", "utcnow", "today")}


def clocks_read(source: str) -> set[str]:
    """Which of the clocks that can be set, and so jump, some code reads."""
    attributes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Attribute))
    names = {f"{getattr(one.value, 'id', getattr(one.value, 'attr', ''))}.{one.attr}" for one in attributes}
    return names & CLOCKS_THAT_CAN_BE_SET


@pytest.mark.parametrize(
    ("source", "clocks"),
    [
        ("import time; time.monotonic()", set()),
        ("import time; time.time()", {"time.time"}),
        ("import datetime; datetime.datetime.now()", {"datetime.now"}),
        ("from datetime import date; date.today()", {"date.today"}),
    ],
)
def test_clocks_that_can_be_set_are_found(source, clocks):
    assert clocks_read(source) == clocks


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_clock_is_read_that_can_be_set(file):
    assert clocks_read(file.read_text(encoding="utf-8")) == set()


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["win32", pytest.param("darwin", marks=pytest.mark.long)])
def test_what_is_used_of_the_standard_library_is_there_on_other_systems(tmp_path, platform):
    root = PACKAGE.parent
    command = [sys.executable, "-m", "mypy", "--platform", platform, "--cache-dir", str(tmp_path), "ganlab"]
    done = subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", timeout=500, check=False)
    assert done.returncode == 0, done.stdout
