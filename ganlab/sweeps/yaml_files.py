"""Reading the YAML of a sweep, with `extends` and with overrides from the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ganlab.errors import InputError


class _Loader(yaml.SafeLoader):
    """YAML 1.1 with the floats of YAML 1.2: ``1e-4`` is a number, not a text."""


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


def read_sweep_file(path: Path, _seen: tuple[Path, ...] = ()) -> dict[str, Any]:
    """The keys of the sweep at `path`, on top of those of the file that it `extends`.

    Paths in `extends` and `variant_files` are relative to the file that names them.

    Raises:
        InputError: a file is missing, is not YAML, holds no keys, or extends itself.
    """
    if path in _seen:
        raise InputError(f"{path} extends itself, by way of {_seen[-1]}")
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the sweep file {path}: {_reason(error)}") from None
    values = parse_yaml(text, str(path))
    if not isinstance(values, dict):
        raise InputError(
            f"{path}: a sweep file holds keys such as 'name:' and 'variants:', this one does not"
        )
    if isinstance(values.get("variant_files"), list):
        values["variant_files"] = [str(path.parent / str(one)) for one in values["variant_files"]]
    base = values.pop("extends", None)
    if base is None:
        return values
    extended = read_sweep_file(path.parent / str(base), (*_seen, path))
    return merge(extended | {"name": values.get("name", extended.get("name"))}, values)


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


def apply_overrides(values: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """`values` with each ``key=value`` of the command line in place; ``a.b=1`` reaches into a mapping.

    Raises:
        InputError: an override is not of the form ``key=value``.
    """
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key:
            raise InputError(f"'{override}' is not an override; write key=value, for example steps=200")
        value = parse_yaml(text, f"override '{override}'")
        if key == "variants":
            value = _select(values.get("variants"), value)
        first, *rest = key.split(".")
        for part in reversed(rest):
            value = {part: value}
        values = {**values, "name": value} if key == "name" else merge(values, {first: value})
    return values


def _select(entries: Any, chosen: Any) -> Any:
    """`chosen` names, each with the settings that the sweep's own entry of that label gives it."""
    if chosen == "all" or not isinstance(entries, list):
        return chosen
    own = {entry.get("label", entry.get("name")): entry for entry in entries if isinstance(entry, dict)}
    names = chosen if isinstance(chosen, list) else [chosen]
    return [own.get(name, name) if isinstance(name, str) else name for name in names]


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not text"
