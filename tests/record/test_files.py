from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_disk import small_disk

from ganlab.errors import InputError
from ganlab.record.files import for_shell, read_json, to_json, write_json, write_whole

UTF_8 = {**os.environ, "LC_ALL": "C.UTF-8"}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_bytes_and_text_are_written_whole(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"\x00\xff")
    write_whole(tmp_path / "b", "größer\n")
    assert (tmp_path / "a").read_bytes() == b"\x00\xff"
    assert (tmp_path / "b").read_text(encoding="utf-8") == "größer\n"
    assert names(tmp_path) == ["a", "b"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_whole(tmp_path / "checkpoint.pt", b"old")
    with small_disk(1000), pytest.raises(OSError, match="File too large"):
        write_whole(tmp_path / "checkpoint.pt", b"n" * 5000)
    assert (tmp_path / "checkpoint.pt").read_bytes() == b"old"
    assert names(tmp_path) == ["checkpoint.pt"]


def test_a_rename_that_fails_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_whole(tmp_path / "taken", b"new")
    assert names(tmp_path) == ["taken"]


def test_a_file_without_its_folder_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "absent" / "a", b"")


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def nulled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: nulled(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [nulled(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


@given(nested)
def test_json_keeps_everything_but_numbers_that_are_not_finite(value: Any) -> None:
    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    assert json.loads(to_json(value), parse_constant=refuse) == nulled(value)


def test_json_comes_back_from_its_file(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"lr": 1e-4, "betas": (0.5, math.nan)})
    assert read_json(tmp_path / "a.json") == {"lr": 1e-4, "betas": [0.5, None]}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "a.json is not JSON"),
        ("[1]", "a.json holds no JSON object"),
        ("\udcff", "a.json is not JSON"),
        (None, "there is no .*a.json"),
    ],
)
def test_a_file_that_holds_no_json_object_is_named(tmp_path: Path, content: str | None, complaint: str) -> None:
    if content is not None:
        (tmp_path / "a.json").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=complaint):
        read_json(tmp_path / "a.json")


def test_paths_are_shown_as_one_would_type_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert for_shell(tmp_path / "runs" / "gaussian_1d") == "runs/gaussian_1d"
    assert for_shell(tmp_path / "my runs") == "'my runs'"
    assert for_shell(Path("/elsewhere")) == "/elsewhere"


@pytest.mark.parametrize(
    "name", ["plain", "two words", "it's", "two\nlines", "\x1b[31m'red\\'", "a\u2028b\u00a0c", "\u8eab\u9ad8"]
)
def test_a_path_for_the_shell_is_one_line_that_names_the_same_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("here", encoding="utf-8")
    typed = for_shell(tmp_path / name)
    assert typed.isprintable()
    found = subprocess.run(["bash", "-c", f"cat {typed}"], capture_output=True, check=True, env=UTF_8)
    assert found.stdout == b"here"
