"""Formulas of losses in LaTeX, read off the very functions that are trained."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch.fx import Node, symbolic_trace
from torch.nn.functional import softplus

from ganlab.variants import Loss

SCORES = {"real": "D(x)", "fake": "D(G(z))"}
SUM, PRODUCT, SIGN, WHOLE = range(4)


class Term(NamedTuple):
    """LaTeX, and how strongly its parts hold together."""

    text: str
    strength: int = WHOLE

    def within(self, strength: int) -> str:
        """The text, in parentheses where it holds together less strongly than its surroundings ask for."""
        return self.text if self.strength >= strength else rf"\left({self.text}\right)"


def _function(name: str) -> Callable[..., Term]:
    return lambda value, *_: Term(rf"{name}\left({value.text}\right)")


def _infix(sign: str, strength: int, right: int) -> Callable[[Term, Term], Term]:
    return lambda one, other: Term(f"{one.within(strength)} {sign} {other.within(right)}", strength)


def _log_sum_exp(value: Term, _: Term) -> Term:
    return Term(rf"\log \sum \exp\left({value.text}\right)", PRODUCT)


OPERATIONS: dict[object, Callable[..., Term]] = {
    operator.add: _infix("+", SUM, SUM),
    operator.sub: _infix("-", SUM, PRODUCT),
    operator.neg: lambda value: Term(f"-{value.within(PRODUCT)}", SUM),
    operator.truediv: lambda one, other: Term(rf"\frac{{{one.text}}}{{{other.text}}}"),
    softplus: _function(r"\operatorname{softplus}"),
    torch.exp: _function(r"\exp"),
    torch.expm1: lambda value: Term(rf"\exp\left({value.text}\right) - 1", SUM),
    torch.cat: lambda values: Term(r" \cup ".join(value.text for value in values), SUM),
    "mean": lambda value: Term(rf"\mathbb{{E}}\left[{value.text}\right]"),
    "square": lambda value: Term(f"{value.within(WHOLE)}^2"),
    "relu": lambda value: Term(rf"\max\left(0, {value.text}\right)"),
    "logsumexp": _log_sum_exp,
}
"""By the function or the name of the method that a loss calls, how it is written."""


def formula(loss: Loss) -> str:
    """`loss` in LaTeX, with D(x) for real scores, D(G(z)) for fake ones, and E for the mean over a batch.

    Raises:
        KeyError: it calls something that `OPERATIONS` lacks.
    """
    terms: dict[Node, Term] = {}
    for node in symbolic_trace(loss).graph.nodes:
        if node.op == "placeholder":
            terms[node] = Term(SCORES[node.name])
        elif node.op == "output":
            return terms[node.args[0]].text
        else:
            terms[node] = OPERATIONS[node.target](*(_argument(one, terms) for one in node.args))
    raise AssertionError("a traced function has an output")


def _argument(value: object, terms: dict[Node, Term]) -> Term | list[Term]:
    if isinstance(value, Node):
        return terms[value]
    if isinstance(value, list | tuple):
        return [terms[one] for one in value]
    return Term(r"\log 2" if value == math.log(2) else f"{value:g}")
