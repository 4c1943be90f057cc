"""The modules of a plugin, made from its texts alone."""

from __future__ import annotations

import builtins
import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType
from typing import Any

from ganlab.errors import InputError
from ganlab.plugins.faults import code_name
from ganlab.plugins.reading import NEVER_BESIDE
from ganlab.record.plugin import Plugin


def run_plugin(plugin: Plugin) -> None:
    """Run the code of `plugin`, in new modules. Where that raises, none of them is left."""
    modules = _Modules(plugin)
    _remove(modules.package)
    sys.meta_path.append(modules)
    try:
        importlib.import_module(f"{modules.package}.{module_of(plugin.name)}")
    except BaseException:
        _remove(modules.package)
        raise


def _remove(package: str) -> None:
    """Remove the modules of `package`, and what finds them."""
    sys.meta_path[:] = [one for one in sys.meta_path if not (isinstance(one, _Modules) and one.package == package)]
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]


def module_of(file: str) -> str:
    """The name of the module in `file`, such as ``a.b`` of ``a/b.py``."""
    parts = file.removesuffix(".py").removesuffix("/__init__").split("/")
    return ".".join(re.sub(r"\W", "_", part) for part in parts)


class _Modules(MetaPathFinder, Loader):
    """Finds and loads the files of a plugin as modules of a package that nothing else imports from.

    Within them, an import means a file beside the plugin before it means one that is installed, as in a script.
    """

    def __init__(self, plugin: Plugin) -> None:
        self.package = f"ganlab_plugin_{plugin.sha256[:16]}"
        self._texts = plugin.files
        self._files = {f"{self.package}.{module_of(file)}": file for file in plugin.files}
        if len(self._files) < len(plugin.files):
            raise InputError(
                f"two of the files {', '.join(plugin.files)} are one module; rename the plugin {plugin.name}"
            )
        self._beside = {name.split(".")[1] for name in self._files} - NEVER_BESIDE

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        is_package = any(name.startswith(f"{fullname}.") for name in self._files)
        file = self._files.get(fullname, "")
        if not file and not is_package:
            return None
        return ModuleSpec(fullname, self, is_package=is_package or file.endswith("/__init__.py"))

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": self._import}
        if module.__name__ in self._files:
            file = self._files[module.__name__]
            exec(compile(self._texts[file], code_name(file), "exec", dont_inherit=True), module.__dict__)

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """What the statement ``import`` calls in the plugin's modules."""
        top = name.partition(".")[0]
        if level == 0 and top in self._beside:
            module = builtins.__import__(f"{self.package}.{name}", globals, locals, fromlist or (), 0)
            return module if fromlist else sys.modules[f"{self.package}.{top}"]
        module = builtins.__import__(name, globals, locals, fromlist or (), level)
        if level == 0:
            _require_installed(sys.modules[top])
        return module


def _require_installed(module: ModuleType) -> None:
    """Refuse a module of the working directory or of PYTHONPATH that no distribution installed: no run would keep it.

    Raises:
        ImportError: it was found there.
    """
    if module.__name__ in NEVER_BESIDE:
        return
    folders = [Path(place) for place in getattr(module, "__path__", ())]  # of a package, with an __init__.py or without
    file = getattr(module, "__file__", None)
    places = folders or ([Path(file)] if file else [])
    searched = [Path.cwd(), *(Path(folder).resolve() for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    found = next((place for place in places if place.resolve().parent in searched), None)
    if found is not None and module.__name__ not in packages_distributions():
        raise ImportError(
            f"'{module.__name__}' is {file or found}, which runs would not keep; put it beside the plugin, or install "
            "it"
        )
