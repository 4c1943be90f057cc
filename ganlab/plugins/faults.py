"""Errors in one sentence; those that come from a plugin's code with file and line."""

from __future__ import annotations

import re
import traceback

from ganlab.errors import InputError
from ganlab.record.refusals import refusal

CODE = re.compile("<plugin (.+)>")


def code_name(file: str) -> str:
    """What code compiled from `file`, the name of a plugin's file, is called in tracebacks."""
    return f"<plugin {file}>"


def in_words(error: Exception) -> str | None:
    """What the user can mend: bad input, a fault of a plugin, what the system refuses; None of a fault of ganlab."""
    if isinstance(error, InputError):
        return str(error)
    return fault_of(error) or (refusal(error) if isinstance(error, OSError) else None)


def fault_of(error: BaseException) -> str | None:
    """The innermost line of a plugin that `error` comes from, and what is wrong; None if none has a part in it."""
    place = place_of(error)
    return sentence(*place, error) if place else None


def place_of(error: BaseException) -> tuple[str, int] | None:
    """The file and the innermost line of a plugin that `error` comes from, if it comes from one."""
    places = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, SyntaxError):
        places.append((error.filename or "", error.lineno or 1))
    found = [(match[1], line) for code, line in places if (match := CODE.fullmatch(code))]
    return found[-1] if found else None


def sentence(file: str, line: int, error: BaseException) -> str:
    """`error` in the line `line` of `file`, in one sentence."""
    kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    hint = "; a plugin has no __file__, so files that it reads are options of what it registers"
    about_file = isinstance(error, NameError) and error.name == "__file__"
    return f"{file}, line {line}: {kind}{' '.join(text.split())}{hint if about_file else ''}"
