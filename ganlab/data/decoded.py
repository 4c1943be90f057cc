"""Decoded images that are kept on disk, so that they are decoded once and may be larger than memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from tokenize import TokenError

import numpy as np
import torch
from filelock import FileLock
from torch import Tensor

from ganlab.data.decoding import Framing, common_shape, decode
from ganlab.data.places import data_root
from ganlab.errors import InputError

FORM = 3
"""Raised where the same files are decoded to other pixels or refused, so that what was kept of them is not used."""


def decode_once(files: Sequence[Path], framing: Framing) -> Tensor:
    """The upright and framed images [n, C, H, W], uint8.

    They are memory-mapped from a file in the folder ``decoded`` of the data root. That file is made whole or not at
    all. Its name follows from the path, size and time of change of each of `files` and from `framing`, so what has
    changed is decoded anew.

    Raises:
        InputError: images cannot be read or differ in size, there is no place for the decoded ones, or those that
            were kept are damaged.
    """
    kept = data_root() / "decoded" / f"{_key(files, framing)}.npy"
    try:
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(kept.with_suffix(".lock")):
                if not kept.exists():
                    _write(kept, files, framing)
    except OSError as error:
        raise InputError(
            f"cannot keep decoded images in '{kept.parent}' ({error.strerror or error}); "
            "give a folder that has room for them with --data-root"
        ) from error
    return _load(kept)


def _load(kept: Path) -> Tensor:
    try:
        return torch.from_numpy(np.load(kept, mmap_mode="c"))
    except OSError as error:
        raise InputError(f"cannot read '{kept}': {error.strerror or error}") from None
    except (ValueError, EOFError, TokenError) as error:
        raise InputError(f"'{kept}', which keeps decoded images, is damaged; remove it to decode them anew") from error


def _write(path: Path, files: Sequence[Path], framing: Framing) -> None:
    shape = common_shape(files, framing)
    temporary = path.with_suffix(".tmp")
    header = {"descr": "|u1", "fortran_order": False, "shape": (len(files), *shape)}
    try:
        with temporary.open("wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            for block in decode(files, framing, shape[0]):
                file.write(block.data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _key(files: Sequence[Path], framing: Framing) -> str:
    try:
        listing = [_identity(file) for file in files]
    except OSError as error:
        raise InputError(f"cannot read '{error.filename}': {error.strerror}") from None
    return hashlib.sha256(json.dumps([FORM, astuple(framing), listing]).encode()).hexdigest()[:32]


def _identity(file: Path) -> tuple[str, int, int]:
    status = file.stat()
    return str(file.absolute()), status.st_size, status.st_mtime_ns
