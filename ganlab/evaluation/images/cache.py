"""Tensors kept on disk between processes, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock
from torch import Tensor

from ganlab.errors import InputError


def cache_folder() -> Path:
    """``$GANLAB_CACHE``, or ``~/.cache/ganlab``."""
    named = os.environ.get("GANLAB_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "ganlab"


def kept(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What the file at `path` holds; if there is none, what `make` gives, which is then kept there.

    One process makes it while others that want it wait. Tensors are mapped into memory, not read.

    Raises:
        InputError: the folder cannot be written to, or the file is damaged.
    """
    if not path.exists():
        with _refusals():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f"{path.name}.lock").touch()
        with FileLock(f"{path}.lock"):
            if not path.exists():
                made = make()
                with _refusals():
                    _save_whole(path, made)
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as fault:
        raise InputError(f"{path} is damaged; remove it, and it is made again") from fault
    return content


@contextmanager
def _refusals() -> Iterator[None]:
    """Say of a folder that does not take files that it does not."""
    try:
        yield
    except OSError as fault:
        raise InputError(
            f"{fault.filename or cache_folder()} cannot be written ({fault.strerror}); "
            "set GANLAB_CACHE to a folder of yours"
        ) from fault


def hash_of_tensors(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and content."""
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _save_whole(path: Path, content: dict[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
