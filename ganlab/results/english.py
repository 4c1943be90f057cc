"""Sentences made from records: their words stand in `english.jinja` alone, and Python computes what they tell."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from ganlab.results.rendering.grid import FEWER_TRIALS, FLOOR_LABEL, REAL_LABEL, TIED
from ganlab.results.rendering.numbers import p_value, significant
from ganlab.results.wording import by_row, integers, listed, name_of, options, splits_of, value
from ganlab.text import counted, course_in_words, one_line

HASH_DIGITS = 12


def paragraphs(macro: str, **facts: Any) -> list[str]:
    """The paragraphs of a macro of the template, one line each; `facts` are the names that it uses."""
    module = _template().make_module(facts)
    text = getattr(module, macro)()
    return [_folded(one) for one in re.split(r"\n\s*\n", text) if one.strip()]


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("ganlab.results", ""),
        autoescape=False,  # what shows the sentences escapes them
        finalize=_folded,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "amount": lambda thing: listed(map(value, thing)) if isinstance(thing, list) else value(thing),
        "counted": counted,
        "each": _each,
        "hash": lambda text: text[:HASH_DIGITS],
        "integer": "{:,}".format,
        "integers": lambda numbers: integers(list(numbers)),
        "listed": listed,
        "options": options,
        "p_value": p_value,
        "significant": significant,
        "total": math.fsum,
        "value": value,
        "without": _without,
    }
    environment.globals |= {
        "FEWER_TRIALS": FEWER_TRIALS,
        "FLOOR_LABEL": FLOOR_LABEL,
        "REAL_LABEL": REAL_LABEL,
        "TIED": TIED,
        "by_row": by_row,
        "course_in_words": course_in_words,
        "name_of": name_of,
        "splits_of": splits_of,
    }
    return environment.get_template("english.jinja")


def _folded(said: Any) -> Any:
    """`said` on one line, with single spaces, so that no text of a record begins a paragraph."""
    return one_line(" ".join(said.split())) if isinstance(said, str) else said


def _each(things: Iterable[Any], phrase: Callable[..., str]) -> list[str]:
    """What the macro `phrase` says of each of `things`; a tuple is its arguments."""
    return [phrase(*thing) if isinstance(thing, tuple) else phrase(thing) for thing in things]


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: thing for key, thing in values.items() if key != name}
