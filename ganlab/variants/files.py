"""Variants in files of the user's own."""

from __future__ import annotations

from pathlib import Path

from ganlab.errors import InputError
from ganlab.variants.base import VARIANTS

_sources: dict[str, list[str]] = {}


def load_source(text: str, origin: str = "variant file") -> list[str]:
    """Run the `text` of a file that registers variants, once a process, and give the names of its variants.

    Raises:
        InputError: the file registers no variant.
    """
    if text not in _sources:
        before = set(VARIANTS.names)
        exec(compile(text, origin, "exec"), {"__name__": Path(origin).stem, "__file__": origin})
        _sources[text] = [name for name in VARIANTS.names if name not in before]
        if not _sources[text]:
            raise InputError(f"{origin} registers no variant; it should call ganlab.variants.register(Variant(...))")
    return _sources[text]


def load_file(path: Path) -> dict[str, str]:
    """Register the variants of the file at `path`; gives its text by the name of each.

    Raises:
        InputError: there is no such file, it is not text, or it registers no variant.
    """
    text = _read(path)
    return dict.fromkeys(load_source(text, str(path)), text)


def _read(path: Path) -> str:
    """The text of a variant file.

    Raises:
        InputError: there is no such file, or it is not text.
    """
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the variant file {path}: {error}") from None
