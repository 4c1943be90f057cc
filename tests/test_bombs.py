"""Small files that would become large ones are refused before the memory is full."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import struct
import subprocess
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from ganlab.checkpoint_file import CheckpointFile, read_checkpoint
from ganlab.data.column_files import read_column
from ganlab.data.image_files import read_images
from ganlab.errors import InputError
from ganlab.record.files import read_json
from ganlab.results.archive import archived_runs, verify
from ganlab.sweeps.yaml_loader import parse_yaml
from ganlab.tracking.pictures import arrays_in

LARGE = 60_000_000
"""Bytes that the files here would become, but where a test says otherwise."""
MOST = 20_000_000
"""Bytes of memory that refusing one of them may take."""
DENSE = zipfile.ZIP_DEFLATED


def zeros(path: Path, name: str, before: bytes = b"", size: int = LARGE, filler: bytes = b"\0") -> None:
    """Add a member of zeros to a zip file."""
    with zipfile.ZipFile(path, "a", DENSE) as packed, packed.open(name, "w") as member:
        member.write(before)
        for _ in range(size // 1_000_000):
            member.write(filler * 1_000_000)


def npy_header(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return file.getvalue()


def of_images(path: Path, size: int = LARGE) -> None:
    zeros(path, "images.npy", npy_header((size // 100, 1, 10, 10)), size)


def of_samples(path: Path, size: int = LARGE) -> None:
    np.savez(path, picture=np.array("density"))
    zeros(path, "edges.npy", npy_header((size,)), size)


def of_many_members(path: Path) -> None:
    """None of which is too large alone."""
    for number in range(5):
        zeros(path, f"{number}.npy", npy_header((14_000_000,)), 14_000_000)


def of_state(path: Path, size: int = LARGE) -> None:
    torch.save({"spec_sha256": "", "iteration": 0, "checksum": "", "state": {"a": torch.zeros(8)}}, path)
    zeros(path, "archive/data/9", size=size)


def of_json(path: Path, size: int = LARGE) -> None:
    zeros(path, "archive.json", size=size, filler=b"[")
    with zipfile.ZipFile(path, "a", DENSE) as packed:
        packed.writestr("MANIFEST.sha256", "")


def of_short_json(path: Path) -> None:
    """Larger than a record, and packed no denser than others."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("archive.json", b"[" * 17_000_000)
        packed.writestr("MANIFEST.sha256", "")


def of_pixels(path: Path, side: int = 8_000) -> None:
    """A PNG of as many grey pixels."""
    path.mkdir()
    packer = zlib.compressobj(9)
    rows = b"".join([*(packer.compress(b"\0" * (side + 1)) for _ in range(side)), packer.flush()])

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    (path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


def of_numbers(path: Path) -> None:
    path.write_bytes(gzip.compress(b"x\n" + (b"1" + b"0" * 198 + b"\n") * (LARGE // 200), 9))


BOMBS: list[tuple[str, Callable[[Path], None], Callable[[Path], Any]]] = [
    ("i.npz", of_images, read_images),
    ("i.npz", of_many_members, read_images),
    ("00000001.npz", of_samples, arrays_in),
    ("c.pt", of_state, lambda path: read_checkpoint(path, str(path), "")),
    ("a.zip", of_json, archived_runs),
    ("a.zip", of_json, verify),
    ("a.zip", of_short_json, archived_runs),
    ("images", of_pixels, read_images),
    ("x.json", lambda path: path.write_bytes(b"[" * 17_000_000) and None, read_json),
]


@pytest.mark.parametrize(("name", "write", "read"), BOMBS)
def test_a_bomb_is_refused_before_the_memory_is_full(
    tmp_path: Path, name: str, write: Callable[[Path], None], read: Callable[[Path], Any]
) -> None:
    path = tmp_path / name
    write(path)
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


def test_a_parquet_file_of_many_equal_rows_is_refused(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    from pyarrow import parquet

    path = tmp_path / "x.parquet"
    parquet.write_table(pyarrow.table({"x": np.zeros(LARGE // 8)}), path)
    with pytest.raises(InputError, match=r"the column 'x' would be unpacked from .* bytes to 60,000,000"):
        read_column(path, "x")
    parquet.write_table(pyarrow.table({"x": np.random.default_rng(0).random(100_000)}), path)
    assert len(read_column(path, "x").values) == 100_000


def test_a_packed_column_is_read_no_further_than_numbers_reach(tmp_path: Path) -> None:
    of_numbers(tmp_path / "x.csv.gz")
    with pytest.raises(InputError, match="unpacks to more than 200 times its size"):
        read_column(tmp_path / "x.csv.gz", "x")


def test_aliases_are_counted_before_they_are_written_out() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 60)]
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="more than 200,000 values"):
            parse_yaml("\n".join(lines), "here")
        assert tracemalloc.get_traced_memory()[1] < MOST
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "leaf",
    [
        torch.zeros(1).expand(10**12),
        torch.zeros(4).as_strided((2, 2), (1, 1)),
        torch.zeros(4, device="meta"),
        torch.zeros(4).to_sparse(),
        torch.zeros(4, dtype=torch.complex64),
        torch.zeros(4, dtype=torch.bfloat16),
        torch.zeros(4, 4).T[1:],
    ],
    ids=["expanded", "overlapping", "meta", "sparse", "complex", "bfloat16", "strided"],
)
def test_a_state_holds_no_more_than_its_file(tmp_path: Path, leaf: torch.Tensor) -> None:
    file = tmp_path / "c.pt"
    torch.save({"spec_sha256": "", "iteration": 0, "checksum": "", "state": {"a": leaf}}, file)
    with pytest.raises(InputError, match="no checkpoint"):
        read_checkpoint(file, str(file), "")


def test_many_views_of_one_storage_are_refused(tmp_path: Path) -> None:
    one = torch.zeros(1000)
    state = {str(number): one for number in range(200)}
    torch.save({"spec_sha256": "", "iteration": 0, "checksum": "", "state": state}, tmp_path / "c.pt")
    with pytest.raises(InputError, match="no checkpoint"):
        read_checkpoint(tmp_path / "c.pt", "c.pt", "")


def test_a_state_of_zeros_is_none(tmp_path: Path) -> None:
    """Torch saves without packing, so that no state is refused for what it holds."""
    file = tmp_path / "c.pt"
    CheckpointFile(spec_sha256="a", iteration=1, state={"a": torch.zeros(6_000_000)}).write(file)
    assert read_checkpoint(file, str(file), "a").state["a"].shape == (6_000_000,)


def test_images_of_one_colour_are_none(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    Image.new("RGB", (1024, 1024), "white").save(tmp_path / "images" / "a.png")
    assert read_images(tmp_path / "images").images.shape == (1, 3, 1024, 1024)
    np.savez_compressed(tmp_path / "i.npz", images=np.zeros((3_000, 1, 64, 64), np.uint8))
    assert read_images(tmp_path / "i.npz").images.shape == (3_000, 1, 64, 64)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO])
def test_links_and_devices_in_an_archive_are_named(tmp_path: Path, kind: int) -> None:
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("runs/x")
    link.create_system, link.external_attr = 3, (kind | 0o777) << 16
    target = b"/etc/passwd"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("archive.json", "{}")
        packed.writestr(link, target)
        lines = [(hashlib.sha256(b"{}").hexdigest(), "archive.json"), (hashlib.sha256(target).hexdigest(), "runs/x")]
        packed.writestr("MANIFEST.sha256", "".join(f"{one}  {name}\n" for one, name in lines))
    assert verify(path)[0].faults == ("runs/x is a link or a device, and no file",)


def _peak(folder: Path, *arguments: str) -> tuple[int, str]:
    """Bytes at most of the command in a process of its own, and what it says."""
    code = (
        "import resource, sys; from ganlab.cli import main; status = main(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(status)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, timeout=800
    )
    *errors, peak = ended.stderr.splitlines()
    unit = 1 if sys.platform == "darwin" else 1024
    assert ended.returncode == 2, ended.stderr
    return int(peak) * unit, "\n".join(errors)


@pytest.mark.slow
@pytest.mark.long
def test_bombs_of_a_megabyte_take_no_more_memory_than_a_wrong_name(tmp_path: Path) -> None:
    of_images(tmp_path / "i.npz", 1_200_000_000)
    of_json(tmp_path / "a.zip", 1_200_000_000)
    of_pixels(tmp_path / "images", 13_000)
    usual, _ = _peak(tmp_path, "evaluate", "nowhere", "--against", "digits")
    for command in ("evaluate i.npz --against digits", "table a.zip", "evaluate images --against digits"):
        peak, errors = _peak(tmp_path, *command.split())
        assert errors.startswith("ganlab: ")
        assert peak < usual + 100_000_000, command
