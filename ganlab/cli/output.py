"""Standard output and error, made to take any text."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ganlab.text import one_line

IN_ASCII = {"\u2193": "(lower is better)", "\u2191": "(higher is better)", "\u00b1": "+/-", "\u2020": "(tied)"}
"""ASCII replacements of the symbols in tables and figures, for encodings that lack these."""


def say(text: str) -> None:
    """Print lines of what may be of others' files: nothing in them moves the cursor or hides what follows."""
    print("\n".join(map(one_line, text.split("\n"))))


@contextmanager
def any_text() -> Iterator[None]:
    """Make standard output and error accept any text; report at the end if characters were replaced.

    What goes to a file or a pipe is UTF-8, as are the files that commands write, unless PYTHONIOENCODING asks for
    something else. Characters that the encoding of a terminal, or the one asked for, lacks are written in ASCII:
    symbols of tables as words, others as escapes. A line on standard error reports it.
    """
    handler = _InAscii()
    codecs.register_error("ganlab_in_ascii", handler)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            free = not stream.isatty() and "PYTHONIOENCODING" not in os.environ
            stream.reconfigure(encoding="utf-8" if free else None, errors="ganlab_in_ascii")
    try:
        yield
    finally:
        if handler.lacking and not sys.stderr.closed:
            print(
                "ganlab: the encoding of the output lacks some of these characters, which are spelled out; "
                "set PYTHONIOENCODING=utf-8 to have them",
                file=sys.stderr,
            )


class _InAscii:
    """An error handler of codecs.

    Attributes:
        lacking: whether an encoding lacked a character that UTF-8 has.
    """

    def __init__(self) -> None:
        self.lacking = False

    def __call__(self, error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeEncodeError)
        if error.encoding != "utf-8":
            self.lacking = True
        unknown = error.object[error.start : error.end]
        spelled = (IN_ASCII.get(one) or one.encode("ascii", "backslashreplace").decode() for one in unknown)
        return "".join(spelled), error.end
