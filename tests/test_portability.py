"""What would fail on other systems, found by reading the code."""

from __future__ import annotations

import ast
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
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "open" and not (call.args or call.keywords):
        return True
    modes = [one.value for one in (*call.args, *(key.value for key in call.keywords)) if isinstance(one, ast.Constant)]
    opens_text = name in ("open", "fdopen") and any(mode in ("r", "w", "a", "x", "rt", "wt") for mode in modes)
    asks_for_text = any(key.arg in ("text", "universal_newlines", "newline") for key in call.keywords)
    return name in ENCODING_AT or opens_text or asks_for_text


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
