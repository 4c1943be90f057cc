"""Plain text in LaTeX: nothing in it is acted on, and whatever it holds, pdflatex goes on."""

from __future__ import annotations

import re
import unicodedata

GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρςστυφχψωΓΔΘΛΞΠΣΥΦΨΩ",
        [
            *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
            *("nu", "xi", "pi", "rho", "varsigma", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
            *("Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega"),
        ],
        strict=True,
    )
)
SYMBOLS = {
    "±": "pm",
    "↓": "downarrow",
    "↑": "uparrow",
    "→": "rightarrow",
    "†": "dagger",
    "‡": "ddagger",
    "≤": "leq",
    "≥": "geq",
    "≈": "approx",
    "∞": "infty",
}
# Brackets and stars are braced: at the head of a row they would be read as an argument of the \\ before it.
ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': "''",
        "[": "{[}",
        "]": "{]}",
        "*": "{*}",
        "\u2212": "$-$",
        **{special: f"\\{special}" for special in "&%$#_{}"},
        **{symbol: rf"$\{name}$" for symbol, name in (GREEK | SYMBOLS).items()},
    }
)
UNKNOWN = re.compile(
    "[^ -~\u00a0-\u0125\u0128-\u0137\u0139-\u013e\u0141-\u0148\u014a-\u0165\u0168-\u017e–—‘’“”…•€™]"  # noqa: RUF001
)
"""What the T1 fonts of pdflatex lack."""


def escaped(text: str) -> str:
    """`text` with everything replaced that LaTeX would not print as it stands.

    A character that pdflatex cannot print stands as its number, such as [U+4E2D].
    """
    known = unicodedata.normalize("NFC", text).translate(ESCAPES)
    known = UNKNOWN.sub(lambda found: f"{{[}}U+{ord(found[0]):04X}{{]}}", known)
    return re.sub("-(?=-)", "-{}", known)
