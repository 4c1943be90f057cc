"""A plugin read from its folder."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import decode_source
from pathlib import Path, PurePosixPath

from ganlab.errors import InputError
from ganlab.plugins.faults import code_name, sentence
from ganlab.record.plugin import Plugin

NEVER_BESIDE = sys.stdlib_module_names | {"ganlab"}
"""Modules that an import means wherever a file of the same name lies beside the plugin."""


def read_plugin(path: Path) -> Plugin:
    """The plugin at `path`, with the modules and packages in its folder that it or they import, as Python reads source.

    Raises:
        InputError: a file cannot be read or is not Python.
    """
    files = {path.name: _read(path)}
    folder = path.resolve().parent
    waiting = [path.name]
    while waiting:
        name = waiting.pop(0)
        for module in _imports(name, files[name]):
            beside = _beside(folder, module)
            if beside is not None and beside not in files:
                files[beside] = _read(folder / beside)
                waiting.append(beside)
    return Plugin(name=path.name, files=files)


def _read(path: Path) -> str:
    try:
        return decode_source(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read the plugin {path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, SyntaxError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        raise InputError(
            f"cannot read the plugin {path}: {reason}; save it as UTF-8, or name its encoding in its first line"
        ) from None


def _imports(name: str, text: str) -> Iterator[tuple[str, ...]]:
    """The modules that the file `name` may import from the plugin's folder, as tuples of names from there down."""
    try:
        tree = ast.parse(text, code_name(name))
    except SyntaxError as error:
        raise InputError(sentence(name, error.lineno or 1, error)) from None
    except ValueError as error:
        raise InputError(f"the plugin's file {name} is not Python: {error}") from None
    package = PurePosixPath(name).parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level <= len(package) + 1:
            above = package[: len(package) + 1 - node.level] if node.level else ()
            module = (*above, *(node.module.split(".") if node.module else ()))
            imported = [module, *((*module, alias.name) for alias in node.names)]
            if node.level:
                yield from _prefixes(imported)
                continue
        else:
            continue
        yield from _prefixes([one for one in imported if one[0] not in NEVER_BESIDE])


def _prefixes(modules: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Each of `modules` after the packages that it lies in."""
    for module in modules:
        yield from (module[:end] for end in range(1, len(module) + 1))


def _beside(folder: Path, module: tuple[str, ...]) -> str | None:
    """The file of `module` in `folder`, relative to it."""
    path = "/".join(module)
    return next((one for one in (f"{path}/__init__.py", f"{path}.py") if (folder / one).is_file()), None)
