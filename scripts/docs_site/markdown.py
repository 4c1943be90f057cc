"""Pieces of Markdown."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold any Markdown of one line."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def code(text: object) -> str:
    """`text` as code in a line."""
    return f"`{text}`"


def block(text: str, language: str) -> str:
    """`text` as a block of code."""
    return f"```{language}\n{text.strip()}\n```\n"


def source(of: object) -> str:
    """The Python source of a class, method or function, as a block."""
    return block(textwrap.dedent(inspect.getsource(of)), "python")  # type: ignore[arg-type]


def paper_link(paper: str) -> str:
    """A link to what a registry calls a paper, such as ``arXiv:1406.2661``; "" for none."""
    prefix, _, number = paper.partition(":")
    places = {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/"}
    return f"[{paper}]({places[prefix]}{number})" if prefix in places else paper


def paper_title(paper: str) -> str:
    """Title and year of a paper that ganlab's registries name."""
    about = _papers()[paper]
    return f"*{about['title']}* ({about['year']})"


@cache
def _papers() -> dict[str, dict[str, Any]]:
    text = files("ganlab.results").joinpath("papers.yaml").read_text(encoding="utf-8")
    papers: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return papers


def page(title: str, *parts: str) -> str:
    """A page of parts, of which empty ones are left out."""
    return "\n".join([f"# {title}\n", *(f"{part.rstrip()}\n" for part in parts if part)])
