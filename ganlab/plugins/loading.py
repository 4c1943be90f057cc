"""Which plugins are in use in this process: what they register is in the registries while they are, and only then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.plugins.faults import fault_of
from ganlab.plugins.modules import run_plugin
from ganlab.plugins.reading import read_plugin
from ganlab.plugins.registries import registries
from ganlab.record.plugin import Plugin
from ganlab.registry import Registry

Entries = list[tuple[Registry[Any], Any]]


@dataclass
class _Process:
    """What this process knows of plugins.

    Attributes:
        ran: what each plugin registers, by the hash of its text.
        texts: the hashes by the name of the plugin.
        used: the plugins whose entries are in the registries.
        added: those that `add_plugin` read, by their path.
    """

    ran: dict[str, Entries] = field(default_factory=dict)
    texts: dict[str, set[str]] = field(default_factory=dict)
    used: tuple[Plugin, ...] = ()
    added: dict[Path, Plugin] = field(default_factory=dict)


_process = _Process()


def use_plugins(plugins: Iterable[Plugin]) -> None:
    """Have the registries hold what ganlab itself and `plugins` register, and nothing else.

    Code runs once in a process; after that, its entries are taken out of the registries and put back.

    Raises:
        InputError: one does not run, registers nothing or a name that is taken, or two register the same name.
    """
    plugins = tuple(plugins)
    if plugins == _process.used:
        return
    _take_out()
    for plugin in plugins:
        if plugin.sha256 not in _process.ran:
            _process.ran[plugin.sha256] = _run(plugin)
            _process.texts.setdefault(plugin.name, set()).add(plugin.sha256)
    for number, plugin in enumerate(plugins):
        _process.used = plugins[: number + 1]
        for registry, entry in _process.ran[plugin.sha256]:
            try:
                registry.add(entry, plugin.sha256)
            except InputError as error:
                _take_out()
                beside = ", ".join(one.name for one in plugins[:number])
                raise InputError(f"{plugin.name} beside {beside}: {error}") from None


def _take_out() -> None:
    """Leave the registries with what ganlab itself registers."""
    for plugin in _process.used:
        for registry, entry in _process.ran[plugin.sha256]:
            if entry.name in registry and registry[entry.name] is entry:
                registry.remove(entry.name)
    _process.used = ()


def _run(plugin: Plugin) -> Entries:
    """What the code of `plugin` registers, which is not in the registries after this."""
    before = [(registry, set(registry.names)) for registry in registries()]
    try:
        run_plugin(plugin)
    except (Exception, SystemExit) as error:
        fault = fault_of(error)
        if fault is None:
            raise
        raise InputError(fault) from error
    finally:
        entries = [(registry, one) for registry, names in before for one in registry if one.name not in names]
        for registry, entry in entries:
            registry.remove(entry.name)
    if not entries:
        raise InputError(
            f"{plugin.name} registers nothing; it should call register(...) of ganlab.variants, networks, data or "
            "evaluation"
        )
    return entries


def add_plugin(path: Path) -> Plugin:
    """Use the plugin at `path` from now on, for all sweeps that this process plans; read again, it takes its own place.

    Raises:
        InputError: it cannot be read or used.
    """
    plugin = read_plugin(path)
    added = {**_process.added, path.resolve(): plugin}
    try:
        use_plugins(added.values())
    except InputError:
        use_added_plugins()
        raise
    _process.added = added
    return plugin


def added_plugins() -> dict[Path, Plugin]:
    """What `add_plugin` read, by its path."""
    return dict(_process.added)


def use_added_plugins() -> None:
    """Have the registries hold what ganlab itself and the plugins of `add_plugin` register."""
    use_plugins(_process.added.values())


def have_run(plugins: Iterable[Plugin]) -> bool:
    """Whether this process has run all of this code already."""
    return all(plugin.sha256 in _process.ran for plugin in plugins)


def changed_plugins(plugins: Iterable[Plugin]) -> list[str]:
    """The names of those that this process has run with other texts alone."""
    return [plugin.name for plugin in plugins if plugin.sha256 not in _process.texts.get(plugin.name, {plugin.sha256})]


def defined_in(registry: Registry[Any], name: str) -> Plugin | None:
    """The plugin in use that registers the entry called `name`; None if ganlab itself does."""
    code = registry.code_of(name)
    return next((plugin for plugin in _process.used if plugin.sha256 == code), None)
