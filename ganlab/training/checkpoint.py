"""A member's state on disk. Random streams need none: they are functions of the seed and the iteration."""

from __future__ import annotations

import hashlib
import io
import pickle
import zipfile
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils._pytree import keystr, tree_flatten_with_path, tree_unflatten

from ganlab.errors import InputError
from ganlab.tracking import write_whole
from ganlab.training.member import State

Part = TypeVar("Part", bound=tuple[Any, ...])
"""A `State`, or named tuples that hold some of what it does, under the same names."""


def named_leaves(state: State) -> dict[str, Tensor]:
    """Every tensor of a member's state by its path, for example ``".critic.parameters['1.weight']"``."""
    leaves, _ = tree_flatten_with_path(state)
    return {keystr(path): leaf for path, leaf in leaves}


def fingerprint(state: State) -> str:
    """A SHA-256 over every bit of a member's state."""
    digest = hashlib.sha256()
    for name, leaf in sorted(named_leaves(state).items()):
        digest.update(name.encode())
        digest.update(leaf.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def save(path: Path, iteration: int, state: State) -> None:
    """Write a member's `state` after `iteration` iterations, whole or not at all."""
    buffer = io.BytesIO()
    torch.save({"iteration": iteration, "state": named_leaves(state)}, buffer)
    write_whole(path, buffer.getvalue())


def load(path: Path, like: Part) -> tuple[int, Part]:
    """The iteration and the state in the checkpoint at `path`, or as much of it as `like` has, in its structure.

    Raises:
        InputError: the file is not a checkpoint of such a state.
    """
    content = _read(path)
    paths, structure = tree_flatten_with_path(like)
    try:
        leaves = [content["state"][keystr(key)] for key, _ in paths]
    except KeyError as error:
        raise InputError(f"{path} lacks {error} of this run's state; {_REMEDY}") from None
    state: Part = tree_unflatten(leaves, structure)
    return content["iteration"], state


def iteration_of(path: Path) -> int:
    """The iteration of the checkpoint at `path`; 0 where there is none.

    Raises:
        InputError: the file is not a checkpoint.
    """
    return int(_read(path)["iteration"]) if path.exists() else 0


_REMEDY = "remove the run's folder to train it anew"


def _read(path: Path) -> dict[str, Any]:
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path} is not a checkpoint of this run; {_REMEDY}")
    try:
        content = torch.load(path, weights_only=True, map_location="cpu")
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"{path} is not a checkpoint of this run ({reason}); {_REMEDY}") from None
    if not isinstance(content, dict) or content.keys() != {"iteration", "state"}:
        raise InputError(f"{path} is not a checkpoint of this run; {_REMEDY}")
    return content
