"""YAML as sweep files mean it: numbers are decimal, and duplicate keys are refused."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.reader import ReaderError

from ganlab.errors import InputError

INTEGER = "tag:yaml.org,2002:int"
FLOAT = "tag:yaml.org,2002:float"
TIMESTAMP = "tag:yaml.org,2002:timestamp"
LARGEST_EXACT_FLOAT = 2**53
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
            return int(text, base)
        except ValueError:
            raise self._no_number(node) from None

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
