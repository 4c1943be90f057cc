"""Standard output and error, made to take any text."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganlab.text import one_line

IN_ASCII = {"\u2193": "(lower is better)", "\u2191": "(higher is better)", "\u00b1": "+/-", "\u2020": "(tied)"}
"""ASCII replacements of the symbols in tables and figures, for encodings that lack these."""

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EPIPE}
"""Numbers of errors of writing."""


def say(text: str) -> None:
    """Print lines of what may be of others' files: nothing in them moves the cursor or hides what follows."""
    print("\n".join(map(one_line, text.split("\n"))))


def open_closed_output() -> None:
    """Have what is printed go nowhere where the standard output or error is closed, as ``>&-`` has it.

    Their descriptors are taken, or the next file that is opened would have one, and be written into.
    """
    for number, name in ((1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            while nowhere < number:
                nowhere = os.dup(nowhere)
            os.set_inheritable(nowhere, True)  # by the processes of jobs
            setattr(sys, name, os.fdopen(nowhere, "w", encoding="utf-8"))


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


@contextmanager
def flushed_output() -> Iterator[None]:
    """Write out what was printed in the block at its end.

    Raises:
        OSError: it cannot be written; the error names the standard output, as no file of ganlab's goes unnamed. Nothing
            more of it is written after that, or Python would try again at its end.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if error.filename is None and error.errno in UNWRITABLE:
            error.filename = "the standard output"
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
        raise


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
