"""YAML as sweep files mean it: numbers are decimal, and duplicate keys are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from ganlab.errors import InputError

INTEGER = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
TIMESTAMP = "tag:yaml.org,2002:timestamp"
LARGEST_EXACT_FLOAT = 2**53
MOST_BITS = 1024
"""Of an integer: no float is larger."""
MOST_NODES = 200_000
"""Scalars, lists and mappings in a file, each counted as often as aliases name it."""
DEEPEST = 100
"""Lists and mappings within each other, by aliases or not."""
LONGEST_SHOWN = 40
"""Characters of what is wrong that a message shows."""


def parse_yaml(text: str, where: str) -> Any:
    """The value that `text` holds.

    Raises:
        InputError: it is not YAML; the message names `where` and the line.
    """
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(f"{where}{line}: not valid YAML: {error.problem}") from None
    except ReaderError as error:
        line = f", line {text.count(chr(10), 0, error.position) + 1}"
        raise InputError(f"{where}{line}: the character U+{int(error.character):04X} is not allowed in YAML") from None
    except KeyError as error:  # raised by PyYAML for an invalid boolean
        raise InputError(f"{where}: not valid YAML: {error} does not fit its tag") from None
    except RecursionError:
        raise InputError(f"{where}: not valid YAML: it is nested too deeply") from None


class _Loader(yaml.SafeLoader):
    """YAML 1.1 with the numbers of YAML 1.2: decimal, whatever digit they begin with, and without colons or dates."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as PyYAML declares it)
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in (INTEGER, FLOAT, TIMESTAMP)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None:
            _extent(node, {})
        return node

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise ConstructorError(None, None, f"the key '{key.value}' occurs twice", key.start_mark)
                seen.add((key.tag, key.value))
        return node

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        text = self.construct_scalar(node).replace("_", "").lower()
        base = {"0x": 16, "0b": 2}.get(text.lstrip("+-")[:2], 10)
        try:
            value = int(text, base)
        except ValueError:
            raise self._no_number(node) from None
        if value.bit_length() > MOST_BITS:
            raise self._no_number(node)
        return value

    def construct_float(self, node: yaml.ScalarNode) -> float:
        """A float of whole value is an integer, so that ``steps: 1e4`` is one; it will do where a float is wanted."""
        try:
            value = float(
                self.construct_scalar(node).replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")
            )
        except ValueError:
            raise self._no_number(node) from None
        return int(value) if value.is_integer() and abs(value) <= LARGEST_EXACT_FLOAT else value

    def _no_number(self, node: yaml.ScalarNode) -> ConstructorError:
        return ConstructorError(None, None, f"'{node.value[:LONGEST_SHOWN]}' is not a number", node.start_mark)


@dataclass(frozen=True)
class _Extent:
    """How many nodes a node is, with all in it, and how deeply they are nested."""

    nodes: int
    depth: int


def _extent(node: yaml.Node, known: dict[int, _Extent | None]) -> _Extent:
    """The extent of `node` with its aliases written out; `known` has those of other nodes, None while in work.

    Raises:
        ConstructorError: the node holds itself, more than `MOST_NODES`, or is nested more deeply than `DEEPEST`.
    """
    if id(node) in known:
        found = known[id(node)]
        if found is None:
            raise ConstructorError(None, None, "an alias stands within what it names", node.start_mark)
        return found
    known[id(node)] = None
    inner = [_extent(one, known) for one in _inner(node)]
    whole = _Extent(1 + sum(one.nodes for one in inner), 1 + max((one.depth for one in inner), default=0))
    if whole.nodes > MOST_NODES:
        raise ConstructorError(
            None, None, f"it holds more than {MOST_NODES:,} values with its aliases written out", node.start_mark
        )
    if whole.depth > DEEPEST:
        raise ConstructorError(None, None, "it is nested too deeply", node.start_mark)
    known[id(node)] = whole
    return whole


def _inner(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return list(chain.from_iterable(node.value))
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


_Loader.add_implicit_resolver(INTEGER, re.compile(r"[-+]?(\d[\d_]*|0x[\da-fA-F_]+|0b[01_]+)$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    FLOAT,
    re.compile(
        r"[-+]?(\d[\d_]*\.[\d_]*([eE][-+]?\d+)?|\.\d[\d_]*([eE][-+]?\d+)?|\d[\d_]*[eE][-+]?\d+|\.(inf|Inf|INF))$"
    ),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver(FLOAT, re.compile(r"\.(nan|NaN|NAN)$"), ["."])
_Loader.add_constructor(INTEGER, _Loader.construct_integer)
_Loader.add_constructor(FLOAT, _Loader.construct_float)
_Loader.add_constructor(TIMESTAMP, yaml.SafeLoader.yaml_constructors[None])
