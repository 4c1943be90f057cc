"""A table in LaTeX: a document that compiles alone, and whose inner part goes into a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ganlab.results.published import Published
from ganlab.results.ranking import Mark
from ganlab.results.rendering.grid import TIED, Style, grid
from ganlab.results.rendering.latex_text import escaped
from ganlab.results.rendering.notes import AGAIN, notes, run_ids
from ganlab.results.rendering.numbers import Rounded
from ganlab.results.rendering.published import NOTHING_PUBLISHED, TITLE, published_grid, published_notes
from ganlab.results.rendering.search import TITLE as SEARCH_TITLE
from ganlab.results.rendering.search import search_grid
from ganlab.results.table import Table
from ganlab.text import one_line


def as_latex(table: Table, published: Sequence[Published] | None = None) -> str:
    """The document: the tabular, its footnotes below it, what is published, and the ids of its runs as comments."""
    style = Style(text=escaped, number=_number)
    return _template().render(
        grid=grid(table, style),
        notes=notes(table),
        searched=search_grid(table, style),
        search_title=SEARCH_TITLE,
        published=published and published_grid(published, table, style),
        title=TITLE,
        published_notes=published_notes(published or ()),
        nothing=NOTHING_PUBLISHED,
        again=AGAIN,
        ids=run_ids(table),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("ganlab.results.rendering", ""),
        autoescape=False,  # its texts are escaped for LaTeX
        block_start_string="((*",
        block_end_string="*))",
        variable_start_string="(((",
        variable_end_string=")))",
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"breakable": _breakable, "escaped": escaped, "one_line": one_line}
    return environment.get_template("table.tex.jinja")


def _breakable(text: str) -> str:
    """`text` for a narrow column: a line may end behind an underscore."""
    return text.replace(r"\_", r"\_\allowbreak{}")


def _number(number: Rounded, mark: Mark | None) -> str:
    formula = _math(number.mean) + (rf" \pm {_math(number.half_width)}" if number.half_width else "")
    text = f"${formula}$" + (f" (${_math(number.beside)}$)" if number.beside else "")
    return {"best": rf"\textbf{{\boldmath {text}}}", "tied": f"{text} {escaped(TIED)}", None: text}[mark]


def _math(number: str) -> str:
    powers = re.sub(r"e([+-]\d+)", lambda match: rf" \times 10^{{{int(match[1])}}}", number)
    return powers.replace("inf", r"\infty")
