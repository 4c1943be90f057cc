"""Text that came from a user's file, made fit to be printed, and words that several packages use."""

from __future__ import annotations

import re
import unicodedata

USER = re.compile(r"\b([a-z][a-z0-9+.-]+:/{1,2})[^/\s?#@]+(?=@)", re.IGNORECASE)
TOKEN = re.compile(
    r"([?&](?:(?:access_|api_?|auth_)?(?:token|key)|secret|password|sig(?:nature)?)=)[^&\s]+", re.IGNORECASE
)
"""What in a URL opens what it names: a user with a password, or a token. A path may have lost a slash of the URL."""
LONGEST_MESSAGE = 1_000
"""Characters of an error that are printed."""


def one_line(text: str) -> str:
    """`text` on one line: any space is a plain one, and what is not printable is written as an escape.

    Line ends, terminal sequences, and marks that change the direction of writing are not printable. A password in a URL
    is left out.
    """
    text = without_passwords(text)
    return text if text.isprintable() else "".join(map(_printable, text))


def without_passwords(text: str) -> str:
    """`text`, with ``***`` in the place of names and passwords in URLs."""
    return TOKEN.sub(r"\1***", USER.sub(r"\1***", text)) if ":/" in text else text


def message(text: str) -> str:
    """`text` on one line, without its middle where it is longer than a user would read."""
    if len(text) > LONGEST_MESSAGE:
        half = LONGEST_MESSAGE // 2
        text = f"{text[:half]} ... {text[-half:]}"
    return one_line(text)


def counted(number: int, word: str) -> str:
    """``1 seed``, ``5,000 seeds``."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def course_in_words(to: float, shape: str, over: float) -> str:
    """How a number changes that goes `to` another one `over` a share of the iterations."""
    way = "linearly" if shape == "linear" else "along a cosine"
    return f"going {way} to {to:g} over {'all' if over == 1 else f'the first {100 * over:g}% of the'} iterations"


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")
