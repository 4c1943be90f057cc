"""The file that holds a member's state: named tensors, bound to their run and iteration by a checksum."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganlab.errors import InputError
from ganlab.record.files import json_sha256, write_whole
from ganlab.zip_files import require_plausible

KEYS = {"spec_sha256", "iteration", "checksum", "state"}
PLAIN_TYPES = (
    *(torch.float16, torch.float32, torch.float64, torch.bool),
    *(torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64),
)


@dataclass(frozen=True, kw_only=True)
class CheckpointFile:
    """What such a file holds.

    Attributes:
        spec_sha256: the hash of the run's spec.
        iteration: after how many iterations the state was taken.
        state: every tensor of it by its name.
    """

    spec_sha256: str
    iteration: int
    state: Mapping[str, Tensor]

    @property
    def checksum(self) -> str:
        """A SHA-256 of all of the above: of each tensor, its name, type, shape and bits."""
        shapes = [[name, str(leaf.dtype), list(leaf.shape)] for name, leaf in sorted(self.state.items())]
        return json_sha256([self.spec_sha256, self.iteration, shapes, fingerprint(self.state)])

    def write(self, path: Path) -> None:
        """Make this the content of the file at `path`, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        buffer = io.BytesIO()
        content = {"spec_sha256": self.spec_sha256, "iteration": self.iteration, "checksum": self.checksum}
        torch.save({**content, "state": dict(self.state)}, buffer)
        write_whole(path, buffer.getvalue())


def fingerprint(state: Mapping[str, Tensor]) -> str:
    """A SHA-256 over every bit of `state`, tensors by name."""
    digest = hashlib.sha256()
    for name, leaf in sorted(state.items()):
        digest.update(name.encode(errors="surrogatepass"))
        digest.update(leaf.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def read_checkpoint(file: Path | io.BytesIO, name: str, spec_sha256: str) -> CheckpointFile:
    """The checkpoint in `file`, which is called `name`, of the run whose spec has the hash `spec_sha256`.

    Raises:
        InputError: it is none, is damaged, or belongs to another run.
    """
    content = _content(file, name)
    found = CheckpointFile(spec_sha256=content["spec_sha256"], iteration=content["iteration"], state=content["state"])
    if found.checksum != content["checksum"]:
        raise InputError(f"{name} is damaged: its checksum is not that of its content")
    if found.spec_sha256 != spec_sha256:
        raise InputError(f"{name} is the checkpoint of another run")
    return found


def _content(file: Path | io.BytesIO, name: str) -> dict[str, Any]:
    if not zipfile.is_zipfile(file):
        raise InputError(f"{name} is no checkpoint, or a damaged one")
    try:
        with zipfile.ZipFile(file) as packed:
            require_plausible(packed, name)
            size = sum(member.file_size for member in packed.infolist())
        if isinstance(file, io.BytesIO):
            file.seek(0)
        content: Any = torch.load(file, weights_only=True, map_location="cpu")
    except InputError:
        raise
    except Exception as error:  # of foreign bytes, zipfile and torch's unpickler raise whatever they lead them to
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"{name} is no checkpoint, or a damaged one ({reason})") from None
    if not _is_shaped(content, size):
        raise InputError(f"{name} is no checkpoint, or one of another version of ganlab")
    return dict(content)


def _is_shaped(content: Any, size: int) -> bool:
    """Whether `content` is what `CheckpointFile.write` writes; its tensors have room in the file's `size` bytes."""
    return (
        isinstance(content, dict)
        and content.keys() == KEYS
        and isinstance(content["spec_sha256"], str)
        and type(content["iteration"]) is int
        and isinstance(content["state"], dict)
        and all(isinstance(name, str) and _is_plain(leaf) for name, leaf in content["state"].items())
        and sum(leaf.nbytes for leaf in content["state"].values()) <= size
    )


def _is_plain(leaf: Any) -> bool:
    """Whether it is a tensor of which every bit stands in the file."""
    return (
        isinstance(leaf, Tensor)
        and leaf.layout == torch.strided
        and leaf.device.type == "cpu"
        and leaf.dtype in PLAIN_TYPES
        and _is_dense(leaf)
        and not leaf.is_conj()
        and not leaf.is_neg()
    )


def _is_dense(leaf: Tensor) -> bool:
    """Whether it is contiguous in some order of its axes, such as that of channels last."""
    order = sorted(range(leaf.ndim), key=leaf.stride, reverse=True)
    return leaf.permute(order).is_contiguous()
