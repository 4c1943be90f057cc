"""Files that are written whole or not at all, and JSON without NaN."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.record.json_text import parse_object, require_size
from ganlab.record.refusals import naming


def write_whole(path: Path, data: bytes | str) -> None:
    """Make `data` the content of the file at `path`; text is written as UTF-8.

    The data goes to a temporary file in the same folder whose name nobody else gives, on no machine, is synced to the
    disk, and is then renamed.

    Raises:
        OSError: it could not be written, and is named. What was there before is untouched.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    with naming(path):
        try:
            with temporary.open("wb") as file:
                file.write(data.encode() if isinstance(data, str) else data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def to_json(value: Any, indent: int | None = None) -> str:
    """`value` as strict JSON: numbers that are not finite become null, since JSON cannot represent them."""
    return _dumps(value, indent=indent)


def canonical_json(value: Any) -> str:
    """`value` as JSON of which a hash can be taken: keys sorted, numbers that are not finite as null."""
    return _dumps(value, sort_keys=True)


def json_sha256(value: Any) -> str:
    """The SHA-256 of `value` as canonical JSON."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _dumps(value: Any, **options: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False, **options)
    except ValueError:
        return json.dumps(_without_nonfinite(value), allow_nan=False, **options)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON to the file at `path`, whole or not at all."""
    write_whole(path, to_json(value, indent=2) + "\n")


def read_json(path: Path) -> dict[str, Any]:
    """The JSON object in the file at `path`.

    Raises:
        InputError: there is no such file, or it holds something else.
    """
    remedy = "restore it, or remove its run directory"
    try:
        require_size(path.stat().st_size, str(path), remedy)
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"there is no {path}; name a run directory, which holds one") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder, and must be a file; {remedy}") from None
    return parse_object(content, str(path), remedy)


def for_shell(path: Path) -> str:
    """`path` as an argument on a command line: relative below the working directory, quoted where needed."""
    here = Path.cwd()
    name = str(path.relative_to(here) if path.is_relative_to(here) else path)
    if sys.platform == "win32":
        return subprocess.list2cmdline([name])
    return shlex.quote(name) if name.isprintable() else f"$'{''.join(map(_escaped, name))}'"


def _escaped(character: str) -> str:
    """A character between ``$'`` and ``'``, where shells know the escapes of Python but take ``\\x`` for a byte."""
    if character.isprintable() and character not in "'\\":
        return character
    return "\\'" if character == "'" else character.encode("unicode_escape").decode("ascii").replace("\\x", "\\u00")


def _without_nonfinite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _without_nonfinite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nonfinite(entry) for entry in value]
    return value
