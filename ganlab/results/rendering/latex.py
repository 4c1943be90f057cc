"""A table in LaTeX: a document that compiles alone, and whose inner part goes into a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ganlab.results.published import Published
from ganlab.results.ranking import Mark
from ganlab.results.rendering.grid import TIED, Grid, Line, Style, grid
from ganlab.results.rendering.latex_text import escaped
from ganlab.results.rendering.notes import AGAIN, notes, run_ids
from ganlab.results.rendering.numbers import Rounded
from ganlab.results.rendering.published import (
    DIFFERS,
    NOTHING_PUBLISHED,
    TITLE,
    differences_of,
    published_grid,
    published_notes,
)
from ganlab.results.table import Table
from ganlab.text import one_line

BEGIN = r"""% This compiles alone. Into a paper goes what stands between the two marks, and into its preamble:
% \usepackage[T1]{fontenc} \usepackage{array,booktabs,graphicx,longtable}
\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{array,booktabs,graphicx,longtable}
\usepackage[a4paper,landscape,margin=15mm]{geometry}
\setlength{\parindent}{0pt}
\begin{document}
% ---- the table begins here ----"""
END = r"""% ---- the table ends here ----
\end{document}"""

SHRUNK = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
"""Begins a box that is as wide as the line at most."""


def as_latex(table: Table, published: Sequence[Published] | None = None) -> str:
    """The document: the tabular, its footnotes below it, and the ids of its runs as comments."""
    style = Style(text=escaped, number=_number)
    lines = [
        BEGIN,
        *_tabular(grid(table, style)),
        *_small(notes(table)),
        *(_published(published, table, style) if published is not None else []),
        f"% {AGAIN}",
        *(f"% {one_line(ids)}" for ids in run_ids(table)),
        END,
    ]
    return "\n".join(lines)


def _tabular(grid: Grid) -> list[str]:
    alignment = "".join("l" if words else "r" for words in grid.words)
    lines = [r"\par\noindent", SHRUNK, rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", _line(grid.header)]
    for block in grid.blocks:
        lines += [r"\midrule", *map(_line, block)]
    return [*lines, r"\bottomrule", r"\end{tabular}}"]


def _published(published: Sequence[Published], table: Table, style: Style) -> list[str]:
    """The second table, which may go over several pages."""
    if not published:
        return _small([NOTHING_PUBLISHED])
    grid = published_grid(published, table, style)
    widths = [*[0.1] * (len(grid.header) - 1), 0.16]
    widths.append(1 - sum(widths) - 0.01 * (len(widths) + 1))
    columns = "".join(rf">{{\raggedright\arraybackslash\hspace{{0pt}}}}p{{{width:.2f}\linewidth}}" for width in widths)
    lines = [entries for block in grid.blocks for entries in block]
    rests = differences_of(published, table)
    return [
        r"\par\bigskip",
        rf"{{\footnotesize\raggedright {escaped(TITLE)}\par}}",
        r"{\scriptsize",
        r"\setlength{\tabcolsep}{0.005\linewidth}",
        r"\renewcommand{\arraystretch}{1.3}",
        rf"\begin{{longtable}}{{{columns}}}",
        *(r"\toprule", _line([*grid.header, DIFFERS]), r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot"),
        *(_line([*map(_breakable, line), escaped(rest)]) for line, rest in zip(lines, rests, strict=True)),
        r"\end{longtable}}",
        *_small(published_notes(published)),
    ]


def _breakable(text: str) -> str:
    """`text` for a narrow column: a line may end behind an underscore."""
    return text.replace(r"\_", r"\_\allowbreak{}")


def _small(notes: Sequence[str]) -> list[str]:
    return ["", r"\medskip", r"{\footnotesize\raggedright", *(rf"{escaped(note)}\par" for note in notes), "}"]


def _line(line: Line) -> str:
    return " & ".join(line) + r" \\"


def _number(number: Rounded, mark: Mark | None) -> str:
    formula = _math(number.mean) + (rf" \pm {_math(number.half_width)}" if number.half_width else "")
    text = f"${formula}$" + (f" (${_math(number.beside)}$)" if number.beside else "")
    return {"best": rf"\textbf{{\boldmath {text}}}", "tied": f"{text} {escaped(TIED)}", None: text}[mark]


def _math(number: str) -> str:
    powers = re.sub(r"e([+-]\d+)", lambda match: rf" \times 10^{{{int(match[1])}}}", number)
    return powers.replace("inf", r"\infty")
