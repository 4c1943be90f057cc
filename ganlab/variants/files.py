"""Variants in files of the user's own."""

from __future__ import annotations

import hashlib
import sys
import traceback
import types
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.registry import Registry
from ganlab.variants.base import CONSTRAINTS, PENALTIES, VARIANTS

_sources: dict[str, list[str]] = {}


def load_source(text: str, origin: str = "variant file") -> list[str]:
    """Run the `text` of a file that registers variants, once a process.

    Returns:
        The names of the variants, penalties and constraints that it registers.

    Raises:
        InputError: it does not run, or registers nothing.
    """
    if text not in _sources:
        before = set(_registered())
        _run(text, origin)
        _sources[text] = [name for kind, name in _registered() if (kind, name) not in before]
        if not _sources[text]:
            raise InputError(f"{origin} registers no variant; it should call ganlab.variants.register(Variant(...))")
    return _sources[text]


def _registered() -> list[tuple[str, str]]:
    """The kind and the name of every variant, penalty and constraint."""
    registries: tuple[Registry[Any], ...] = (VARIANTS, PENALTIES, CONSTRAINTS)
    return [(registry.kind, name) for registry in registries for name in registry.names]


def _run(text: str, origin: str) -> None:
    module = types.ModuleType(f"ganlab_user_{hashlib.sha256(text.encode()).hexdigest()[:8]}")
    module.__file__ = origin
    sys.modules[module.__name__] = module
    try:
        exec(compile(text, origin, "exec", dont_inherit=True), module.__dict__)
    except InputError:
        raise
    except Exception as error:
        places = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == origin]
        line = places[-1] if places else getattr(error, "lineno", None)
        raise InputError(f"{origin}, line {line}: {type(error).__name__}: {error}") from error


def load_file(path: Path) -> dict[str, str]:
    """Register what the file at `path` defines; gives its text by the name of each variant, penalty and constraint.

    Raises:
        InputError: there is no such file, it is not text, it does not run, or it registers nothing.
    """
    text = _read(path)
    return dict.fromkeys(load_source(text, str(path)), text)


def _read(path: Path) -> str:
    """The text of a variant file.

    Raises:
        InputError: there is no such file, or it is not text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"cannot read the variant file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read the variant file {path}: it is not UTF-8; save it as UTF-8") from None
