"""A table in LaTeX: a booktabs tabular and its footnotes, to be put into a table environment."""

from __future__ import annotations

import re

from ganlab.results.ranking import Mark
from ganlab.results.rendering.grid import TIED, Grid, Line, Style, grid
from ganlab.results.rendering.notes import AGAIN, notes, run_ids
from ganlab.results.rendering.numbers import Rounded
from ganlab.results.table import Table

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
        "±": r"$\pm$",
        "↓": r"$\downarrow$",
        "↑": r"$\uparrow$",
        TIED: r"$\dagger$",
        **{special: f"\\{special}" for special in "&%$#_{}"},
    }
)


def as_latex(table: Table) -> str:
    """The tabular, its footnotes below it, and the ids of its runs as comments."""
    lines = [
        r"% needs \usepackage{booktabs}",
        *_tabular(grid(table, Style(text=escaped, number=_number))),
        "",
        r"\medskip",
        r"{\footnotesize\raggedright",
        *(rf"{escaped(note)}\par" for note in notes(table)),
        "}",
        f"% {AGAIN}",
        *(f"% {ids}" for ids in run_ids(table)),
    ]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """`text` with everything that LaTeX would not print as it stands replaced."""
    return text.translate(ESCAPES)


def _tabular(grid: Grid) -> list[str]:
    alignment = "".join("l" if words else "r" for words in grid.words)
    lines = [rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", _line(grid.header)]
    for block in grid.blocks:
        lines += [r"\midrule", *map(_line, block)]
    return [*lines, r"\bottomrule", r"\end{tabular}"]


def _line(line: Line) -> str:
    return " & ".join(line) + r" \\"


def _number(number: Rounded, mark: Mark | None) -> str:
    formula = _math(number.mean) + (rf" \pm {_math(number.half_width)}" if number.half_width else "")
    text = f"${formula}$" + (f" (${_math(number.beside)}$)" if number.beside else "")
    return {"best": rf"\textbf{{\boldmath {text}}}", "tied": f"{text} {escaped(TIED)}", None: text}[mark]


def _math(number: str) -> str:
    powers = re.sub(r"e([+-]\d+)", lambda match: rf" \times 10^{{{int(match[1])}}}", number)
    return powers.replace("inf", r"\infty")
