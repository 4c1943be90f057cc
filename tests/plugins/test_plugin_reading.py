"""Which files a plugin is, and how they are read."""

from __future__ import annotations

import pytest
from written_plugin import MINE, PARTS, write_plugin

from ganlab.errors import InputError
from ganlab.plugins import read_plugin


def test_a_plugin_is_its_file_and_the_modules_beside_it_that_it_imports(tmp_path):
    (tmp_path / "unrelated.py").write_text("import nothing\n")
    plugin = read_plugin(write_plugin(tmp_path))
    assert plugin.name == "mine.py"
    assert plugin.files == {"mine.py": MINE, **PARTS}


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ("import a", ["a.py"]),
        ("import a.b", ["a.py"]),
        ("import p.b as c", ["p/__init__.py", "p/b.py"]),
        ("from p import b", ["p/__init__.py", "p/b.py"]),
        ("from p import *", ["p/__init__.py"]),
        ("from p.b import value", ["p/__init__.py", "p/b.py"]),
        ("def late():\n    import a", ["a.py"]),
        ("from . import a", ["a.py"]),
        ("from .p.b import value", ["p/__init__.py", "p/b.py"]),
        ("from ..outside import a", []),
        ("import n.inner", ["n/inner.py"]),
        ("import json, ganlab.variants", []),
        ("import torch", []),
    ],
)
def test_every_way_to_import_a_module_is_seen(tmp_path, statement, kept):
    for name in ("a", "p/__init__", "p/b", "n/inner", "json", "ganlab"):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("value = 1\n")
    (tmp_path / "mine.py").write_text(statement + "\n")
    assert list(read_plugin(tmp_path / "mine.py").files) == ["mine.py", *kept]


def test_modules_that_import_each_other_are_read_once(tmp_path):
    (tmp_path / "mine.py").write_text("import other\n")
    (tmp_path / "other.py").write_text("import mine, other\n")
    assert list(read_plugin(tmp_path / "mine.py").files) == ["mine.py", "other.py"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfname = 'caf\xc3\xa9'\r\n",
        b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n",
        b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nname = 'caf\xe9'\n",
    ],
)
def test_a_plugin_is_read_as_python_reads_source(tmp_path, content):
    (tmp_path / "mine.py").write_bytes(content)
    assert "name = 'café'\n" in read_plugin(tmp_path / "mine.py").files["mine.py"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"^cannot read the plugin .*mine\.py: No such file or directory$"),
        (b"name = 'caf\xe9'\n", r"^cannot read the plugin .*mine\.py: .*; save it as UTF-8, or name its encoding"),
        (b"# coding: klingon\n", r"^cannot read the plugin .*mine\.py: .*unknown encoding.*; save it as UTF-8"),
        ("x = 1".encode("utf-16"), r"^cannot read the plugin .*mine\.py: .*; save it as UTF-8"),
        (b"x = 1\n\ndef f(:\n", r"^mine\.py, line 3: SyntaxError: "),
        (b"x = '\0'\n", r"mine\.py.*null bytes"),
    ],
)
def test_what_is_no_python_is_refused_in_one_sentence(tmp_path, content, message):
    if content is not None:
        (tmp_path / "mine.py").write_bytes(content)
    with pytest.raises(InputError, match=message) as refused:
        read_plugin(tmp_path / "mine.py")
    assert "\n" not in str(refused.value)


def test_a_folder_is_no_plugin(tmp_path):
    with pytest.raises(InputError, match=r"cannot read the plugin .*: Is a directory"):
        read_plugin(tmp_path)


def test_a_fault_in_a_module_beside_it_names_that_file(tmp_path):
    (tmp_path / "mine.py").write_text("import helper\n")
    (tmp_path / "helper.py").write_text("\nx = (\n")
    with pytest.raises(InputError, match=r"^helper\.py, line 2: SyntaxError: '\(' was never closed"):
        read_plugin(tmp_path / "mine.py")
