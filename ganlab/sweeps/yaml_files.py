"""Reading the YAML of a sweep, with `extends` and with overrides from the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import ConstructorError

from ganlab.errors import InputError
from ganlab.variants import VARIANTS


class _Loader(yaml.SafeLoader):
    """YAML 1.1 with the floats of YAML 1.2: ``1e-4`` is a number, not a text. No key may stand twice in a mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            if isinstance(key_node, yaml.ScalarNode):
                if key_node.value in seen:
                    raise ConstructorError(None, None, f"the key '{key_node.value}' stands twice", key_node.start_mark)
                seen.add(key_node.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"),
    list("-+.0123456789"),
)


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
    except yaml.YAMLError as error:
        raise InputError(f"{where}: not valid YAML: {error}") from None


@dataclass(frozen=True)
class SweepFile:
    """The keys of a sweep file, and by their labels the entries with settings that its `variants` may name."""

    values: dict[str, Any]
    entries: dict[str, Any]


def read_sweep_file(path: Path, _seen: tuple[Path, ...] = ()) -> SweepFile:
    """The sweep at `path`, on top of the one that it `extends`.

    A variant that it names by the label of an entry of that file has the entry's settings. Paths in `extends` and
    `variant_files` are relative to the file that names them.

    Raises:
        InputError: a file is missing, is not YAML, holds no keys, or extends itself.
    """
    if path in _seen:
        raise InputError(f"{path} extends itself, by way of {_seen[-1]}")
    values = _read_keys(path)
    if isinstance(values.get("variant_files"), list):
        values["variant_files"] = [str(path.parent / str(one)) for one in values["variant_files"]]
    extended = values.pop("extends", None)
    base = SweepFile({}, {}) if extended is None else read_sweep_file(path.parent / str(extended), (*_seen, path))
    entries = base.entries | _entries_in(values.get("variants"))
    return SweepFile(_lay(base.values, values, entries), entries)


def _read_keys(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the sweep file {path}: {_reason(error)}") from None
    values = parse_yaml(text, str(path))
    if not isinstance(values, dict):
        raise InputError(f"{path}: a sweep file holds keys such as 'name:' and 'variants:', this one does not")
    return values


def _entries_in(variants: Any) -> dict[str, Any]:
    if not isinstance(variants, list):
        return {}
    return {str(entry.get("label", entry.get("name"))): entry for entry in variants if isinstance(entry, dict)}


def _lay(base: dict[str, Any], over: dict[str, Any], entries: dict[str, Any]) -> dict[str, Any]:
    """A sweep's keys with those of `over` laid over them; variants are replaced, and named from `entries`."""
    laid = merge({**base, "name": over.get("name", base.get("name"))}, over)
    if "variants" in over:
        chosen = VARIANTS.names if over["variants"] == "all" else over["variants"]
        names = chosen if isinstance(chosen, list) else [chosen]
        laid["variants"] = [entries.get(one, one) if isinstance(one, str) else one for one in names]
    return {key: value for key, value in laid.items() if value is not None}


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the keys of `over` laid over it, nested mappings likewise.

    Where `over` names another entry than `base` does, such as another optimiser, it replaces `base` whole.
    """
    if "name" in base and over.get("name", base["name"]) != base["name"]:
        return dict(over)
    merged = dict(base)
    for key, value in over.items():
        old = base.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            value = merge(old, value)
        merged[key] = value
    return merged


def apply_overrides(file: SweepFile, overrides: Sequence[str]) -> dict[str, Any]:
    """The keys of `file` with each ``key=value`` of the command line in place; ``a.b=1`` reaches into a mapping.

    Raises:
        InputError: an override is not of the form ``key=value``.
    """
    values = file.values
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise InputError(f"'{override}' is not an override; write key=value, for example steps=200")
        value = parse_yaml(text, f"override '{override}'")
        first, *rest = key.split(".")
        for part in reversed(rest):
            value = {part: value}
        values = _lay(values, {first: value}, file.entries)
    return values


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not text"
