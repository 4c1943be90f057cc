"""Zip files that say what cannot be."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.tracking.pictures import arrays_in
from ganlab.zip_files import require_plausible

START_OF_DIRECTORY = 16
"""Where the last record of a zip file says at which byte the directory begins (APPNOTE 4.3.16)."""


@pytest.fixture
def misplaced(tmp_path) -> Path:
    """An npz file whose first member begins ten bytes before the file does, by its directory."""
    path = tmp_path / "misplaced.npz"
    np.savez(path, images=np.zeros((2, 1, 4, 4), np.uint8))
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\5\6") + START_OF_DIRECTORY
    (start,) = struct.unpack_from("<I", content, at)
    struct.pack_into("<I", content, at, start + 10)
    path.write_bytes(content)
    return path


def test_a_member_that_lies_outside_of_the_file_is_named(misplaced):
    with zipfile.ZipFile(misplaced) as file, pytest.raises(InputError, match=r"that 'images.npy' lies outside of it"):
        require_plausible(file, "images.npz")


def test_a_member_outside_of_the_file_is_one_sentence_for_pictures_and_archives(misplaced, capsys):
    with pytest.raises(InputError, match="lies outside of it"):
        arrays_in(misplaced)
    archive = misplaced.rename(misplaced.with_suffix(".zip"))
    assert main(["verify", str(archive)]) == 2
    assert "lies outside of it" in capsys.readouterr().err
