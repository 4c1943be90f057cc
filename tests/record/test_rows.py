from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ganlab.errors import InputError
from ganlab.record.files import write_whole
from ganlab.record.rows import RowReader


def line(step: int) -> bytes:
    return json.dumps({"global_step": step, "w1": 0.5}).encode() + b"\n"


def steps(reader: RowReader) -> list[int]:
    return [row["global_step"] for row in reader.new()]


@given(st.lists(st.integers(0, 10**9), max_size=8, unique=True).map(sorted), st.lists(st.integers(0, 400), max_size=6))
def test_every_row_is_read_once_wherever_writing_pauses(written: list[int], pauses: list[int]) -> None:
    content = b"".join(line(step) for step in written)
    with TemporaryDirectory() as folder:
        path = Path(folder, "metrics.jsonl")
        reader = RowReader(path)
        read = []
        for end in [*sorted(pauses), len(content)]:
            path.open("ab").write(content[path.stat().st_size if path.exists() else 0 : end])
            read += steps(reader)
    assert read == written


def test_a_file_that_is_not_there_yet_has_no_rows(tmp_path: Path) -> None:
    reader = RowReader(tmp_path / "metrics.jsonl")
    assert reader.new() == []
    (tmp_path / "metrics.jsonl").write_bytes(line(1))
    assert steps(reader) == [1]


def test_a_file_that_was_replaced_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(line(1) + line(2))
    reader = RowReader(path)
    assert steps(reader) == [1, 2]
    write_whole(path, line(1))
    assert steps(reader) == [1]


@pytest.mark.parametrize(
    "broken",
    [
        *(b"{'global_step': 2}\n", b"3\n", b'{"w1": 1}\n', b"\x00\xff\n", b"\n", b"[" * 100_000 + b"\n"),
        *(b'{"global_step": 1}\n', b'{"global_step": true}\n', b'{"global_step": -1}\n', b'{"global_step": 1e3}\n'),
        *(b'{"global_step": 2, "w1": "x"}\n', b'{"global_step": 2, "w1": NaN}\n', b'{"global_step": 2, "w1": [1]}\n'),
        *(b'{"global_step": 2, "w1": 1e999}\n', b'{"global_step": 2, "w1": 1' + b"0" * 400 + b"}\n"),
    ],
)
def test_a_broken_line_is_named_by_file_and_number(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(line(1))
    reader = RowReader(path)
    assert steps(reader) == [1]
    path.write_bytes(line(1) + broken + line(3))
    with pytest.raises(InputError, match=r"metrics\.jsonl, line 2\b"):
        reader.new()
