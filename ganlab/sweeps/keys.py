"""The keys of a sweep, from YAML or from Python, with `extends` and with overrides."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ganlab.data import DATA
from ganlab.data.places import user_path
from ganlab.errors import InputError
from ganlab.options import ListOf, Options, parse, shown
from ganlab.record.settings import PLAYERS
from ganlab.sweeps.yaml_loader import parse_yaml
from ganlab.variants import VARIANTS

UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class SweepFile:
    """The keys of a sweep file, and by their labels the entries with settings that its `variants` may name."""

    values: dict[str, Any]
    entries: dict[str, Any]


class _Plugins(Options):
    """The keys of a sweep that are read before all others."""

    plugins: ListOf[str] | None = None


Source = Path | Mapping[str, Any]
"""A sweep's file, or its keys, whose paths are relative to the working directory."""

Overrides = Sequence[str] | Mapping[str, Any]
"""``key=value`` texts of a command line, or values by key; the key ``a.b`` reaches into a mapping."""

CHOICES = ("data", "engine", "builder", "prior", "augment", "optimizer", *PLAYERS)
"""Keys that hold a name and options, and of which a bare name is one without options."""

KEYS_GIVEN = Path("the sweep")
"""In the place of a file's path, for messages."""


def plugin_files(source: Source, overrides: Overrides) -> list[Path]:
    """The plugins that a sweep, those that it extends and `overrides` name; none replaces another.

    Paths are relative to the file that names them, or to the working directory; ``~`` and ``${NAME}`` are expanded.

    Raises:
        InputError: a file cannot be read, or `plugins` is not a list of files.
    """
    found = [(keys.get("plugins"), one.parent, str(one)) for one, keys in reversed(_chain(source))]
    found += [(value, Path(), "override 'plugins'") for key, value in _pairs(overrides) if key == "plugins"]
    return [
        folder / user_path(name)
        for names, folder, where in found
        for name in parse(_Plugins, {"plugins": names}, where).plugins or ()
    ]


def read_keys(source: Source) -> SweepFile:
    """The keys of a sweep, on top of those of the one that it `extends`, without its plugins.

    A variant that it names by the label of an entry of that file has the entry's settings. Paths in `extends` and
    `data` are relative to the file that names them; ``~`` and ``${NAME}`` are expanded.

    Raises:
        InputError: a file is missing, is not YAML, holds no keys, or extends itself.
    """
    file = SweepFile({}, {})
    for one, keys in reversed(_chain(source)):
        values = {key: value for key, value in keys.items() if key not in ("extends", "plugins")}
        if "data" in values:
            values["data"] = _beside(values["data"], file.values.get("data"), one.parent)
        entries = file.entries | _entries_in(values.get("variants"))
        file = SweepFile(_lay(file.values, values, entries), entries)
    return file


def _chain(source: Source) -> list[tuple[Path, dict[str, Any]]]:
    """The keys of a sweep, of the one that it extends, and so on, each with the file that holds them."""
    chain: list[tuple[Path, dict[str, Any]]] = []
    path = source if isinstance(source, Path) else KEYS_GIVEN
    while True:
        if path in dict(chain):
            raise InputError(f"{path} extends itself, by way of {chain[-1][0]}")
        keys = _read_keys(path) if chain or isinstance(source, Path) else plain(source)
        chain.append((path, keys))
        if keys.get("extends") is None:
            return chain
        path = _extended(path, keys["extends"])


def _extended(path: Path, name: Any) -> Path:
    if not isinstance(name, str):
        raise InputError(f"{path}: 'extends' is {shown(name)}; it must be the name of a sweep file")
    return path.parent / user_path(name)


def _read_keys(path: Path) -> dict[str, Any]:
    """The keys of one file, without those that begin with ``x-``, which hold what its anchors name."""
    values = parse_yaml(_read_text(path), str(path))
    if not isinstance(values, dict):
        raise InputError(f"{path}: a sweep file holds keys such as 'name:' and 'variants:', this one does not")
    return {key: value for key, value in values.items() if not str(key).startswith("x-")}


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read the sweep file {path}: {error.strerror or error}") from None
    if content.startswith(UTF_16):
        raise InputError(f"the sweep file {path} is text in UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"the sweep file {path} is not text in UTF-8 (line {line}); save it as UTF-8") from None


def _beside(data: Any, base: Any, folder: Path) -> Any:
    """The `data` of a sweep file, with relative paths of files made relative to `folder`, the file's own.

    Those that begin with the home directory or a variable are not relative. Where `data` has no name, it is merged over
    `base`, which has one.
    """
    if isinstance(data, list):
        return [_paths_beside(one, folder) for one in data]
    base = _with_keys("data", base)
    if isinstance(data, dict) and isinstance(base, dict) and "name" in base:
        data = {"name": base["name"], **data}
    return _paths_beside(data, folder)


def _paths_beside(choice: Any, folder: Path) -> Any:
    name = choice.get("name") if isinstance(choice, dict) else None
    if not isinstance(name, str) or name not in DATA:
        return choice
    paths = {key: choice[key] for key in DATA[name].paths if isinstance(choice.get(key), str)}
    relative = {key: text for key, text in paths.items() if not text.startswith(("~", "${"))}
    return choice | {key: str(folder / text) for key, text in relative.items()}


def _entries_in(variants: Any) -> dict[str, Any]:
    if not isinstance(variants, list):
        return {}
    return {str(entry.get("label", entry.get("name"))): entry for entry in variants if isinstance(entry, dict)}


def _lay(base: dict[str, Any], over: dict[str, Any], entries: dict[str, Any]) -> dict[str, Any]:
    """A sweep's keys overridden by those of `over`; variants are replaced, and named from `entries`."""
    set_in_part = [key for key in CHOICES if key in base and isinstance(over.get(key), Mapping)]
    base = base | {key: _with_keys(key, base[key], over[key]) for key in set_in_part}
    laid = merge({**base, "name": over.get("name", base.get("name"))}, over)
    if "variants" in over:
        chosen = VARIANTS.names if over["variants"] == "all" else over["variants"]
        names = chosen if isinstance(chosen, list) else [chosen]
        laid["variants"] = [entries.get(one, one) if isinstance(one, str) else one for one in names]
    return {key: value for key, value in laid.items() if value is not None}


def _with_keys(key: str, choice: Any, over: Mapping[str, Any] | None = None) -> Any:
    """A choice by name such that `over`, its options, can be laid over it; of a list of data sets, the only one.

    Raises:
        InputError: `over` sets options of one of several data sets, and does not say of which.
    """
    if key == "data" and isinstance(choice, list):
        if len(choice) > 1 and over and "name" not in over:
            option = next(iter(over))
            raise InputError(
                f"'data.{option}' does not say of which of the {len(choice)} data sets; write the list again, such as "
                f"data: [{{name: ..., {option}: ...}}, ...]"
            )
        choice = choice[0] if len(choice) == 1 else choice
    return {"name": choice} if isinstance(choice, str) else choice


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` overridden by the keys of `over`, nested mappings recursively.

    Where `over` names another entry than `base`, such as another optimiser, it replaces `base` completely.
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


def apply_overrides(file: SweepFile, overrides: Overrides) -> dict[str, Any]:
    """The keys of `file` with each override applied.

    Raises:
        InputError: one of a command line is not of the form ``key=value``.
    """
    values = file.values
    for key, value in _pairs(overrides):
        first, *rest = key.split(".")
        for part in reversed(rest):
            value = {part: value}
        values = _lay(values, {first: value}, file.entries)
    return values


def _pairs(overrides: Overrides) -> list[tuple[str, Any]]:
    if isinstance(overrides, Mapping):
        return list(plain(overrides).items())
    return [_pair(one) for one in overrides]


def _pair(override: str) -> tuple[str, Any]:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise InputError(f"'{override}' is not an override; write key=value, for example steps=200")
    return key, parse_yaml(text, f"override '{override}'")


def plain(value: Any) -> Any:
    """A Python value as YAML would hold it: ranges, tuples and arrays as lists, numpy's numbers as Python's."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, range | tuple | list):
        return [plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value
