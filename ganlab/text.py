"""Text that came from a user's file, made fit to be printed, and words that several packages use."""

from __future__ import annotations

import unicodedata


def one_line(text: str) -> str:
    """`text` on one line: any space is a plain one, and what is not printable is written as an escape.

    Line ends, terminal sequences, and marks that change the direction of writing are not printable.
    """
    return text if text.isprintable() else "".join(map(_printable, text))


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
