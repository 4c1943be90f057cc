"""JSON that anyone may have written, read within bounds of size and nesting."""

from __future__ import annotations

import json
from typing import Any

from ganlab.errors import InputError

LARGEST = 1 << 24
"""Bytes of a record."""
DEEPEST = 64
"""Lists and objects within each other; those of records are no more than eight."""


def parse_object(content: bytes, name: str, remedy: str) -> dict[str, Any]:
    """The JSON object that `content`, the file called `name`, holds.

    Raises:
        InputError: it holds something else, is too large, or is nested too deeply; the message ends with `remedy`.
    """
    require_size(len(content), name, remedy)
    try:
        value = json.loads(content)
    except RecursionError:
        raise InputError(f"{name} is nested too deeply; {remedy}") from None
    except ValueError as fault:
        reason = "a number of too many digits" if "set_int_max_str_digits" in str(fault) else fault
        raise InputError(f"{name} is not JSON ({reason}); {remedy}") from None
    if not isinstance(value, dict):
        raise InputError(f"{name} holds no JSON object; {remedy}")
    if content.count(b"[") + content.count(b"{") > DEEPEST and _is_deeper(value, DEEPEST):
        raise InputError(f"{name} is nested too deeply; {remedy}")
    return value


def require_size(size: int, name: str, remedy: str) -> None:
    """Check that a record of `size` bytes may be read.

    Raises:
        InputError: it is too large.
    """
    if size > LARGEST:
        raise InputError(f"{name} has {size:,} bytes, and no record has more than {LARGEST:,}; {remedy}")


def _is_deeper(value: Any, levels: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(one, levels - 1) for one in inner)
