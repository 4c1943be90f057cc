"""Imports point down, from package to package, and never in a circle."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ganlab

PACKAGE = Path(ganlab.__file__).parent

SMALL = {"errors", "exit_codes", "registry", "options", "text", "zip_files"}
ABOVE_ALL = SMALL | {
    "processes",
    "plugins",
    "variants",
    "networks",
    "data",
    "evaluation",
    "record",
    "tracking",
    "training",
    "results",
    "slurm_queue",
    "engines",
    "sweeps",
}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "exit_codes": set(),
    "registry": {"errors"},
    "options": {"errors", "registry"},
    "processes": {"errors"},
    "slurm_queue": {"text"},
    "text": set(),
    "zip_files": {"errors"},
    "workarounds": set(),
    "compiler": {"workarounds"},
    "arithmetic": set(),
    "record": SMALL,
    "plugins": SMALL | {"record"},
    "variants": SMALL | {"record"},
    "games": SMALL | {"networks", "record", "variants"},
    "networks": SMALL,
    "data": SMALL,
    "tracking": SMALL | {"record", "workarounds"},
    "evaluation": SMALL | {"arithmetic", "data"},
    "checkpoint_file": {"errors", "record", "zip_files"},
    "training": SMALL
    | {
        "arithmetic",
        "checkpoint_file",
        "compiler",
        "plugins",
        "games",
        "variants",
        "networks",
        "data",
        "evaluation",
        "record",
        "tracking",
    },
    "results": SMALL | {"record", "tracking", "checkpoint_file"},
    "engines": SMALL
    | {"processes", "compiler", "plugins", "networks", "record", "slurm_queue", "tracking", "training"},
    "sweeps": SMALL
    | {
        "engines",
        "processes",
        "compiler",
        "plugins",
        "checkpoint_file",
        "games",
        "variants",
        "networks",
        "data",
        "evaluation",
        "record",
        "tracking",
        "training",
    },
    "cli": ABOVE_ALL,
    "api": ABOVE_ALL,
    "skeletons": SMALL | {"data", "evaluation", "games", "networks", "variants"},
    "preload": {"compiler", "engines", "workarounds"},
    "__main__": {"cli"},
    "__init__": {"api"},
}
"""The packages and modules that each may import; any may import ganlab itself for its version."""

FILES = sorted(PACKAGE.rglob("*.py"))


def package_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def names_imported(file: Path) -> set[str]:
    """Such as ``torch.nn`` and ``ganlab.data``, wherever in the file they are imported."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def packages_imported(file: Path) -> set[str]:
    parts = [name.split(".") for name in names_imported(file)]
    packages = {path[1] for path in parts if path[0] == "ganlab" and len(path) > 1 and path[1] != "__version__"}
    return packages - {package_of(file)}


def test_every_package_has_a_rule():
    assert {package_of(file) for file in FILES} == set(ALLOWED)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_imports_only_packages_below_its_own(file):
    assert packages_imported(file) - ALLOWED[package_of(file)] == set()


@pytest.mark.parametrize(
    ("package", "library"),
    [
        ("variants", "torch.optim"),
        ("record", "torch"),
        ("record", "wandb"),
        ("tracking", "torch"),
        ("results", "torch"),
        ("training", "wandb"),
    ],
)
def test_a_package_does_not_import_a_library(package, library):
    for file in FILES:
        if package_of(file) == package:
            found = {name for name in names_imported(file) if name == library or name.startswith(f"{library}.")}
            assert found == set(), file


PUBLIC_IN_USE = ("torch.utils._pytree", "torch.utils._python_dispatch", "torch.nn.modules.batchnorm._BatchNorm")
"""Underscored, but what torch's own documentation and its users work with."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_private_names_of_torch_and_wandb_are_imported_by_the_workarounds_alone(file):
    names = {name for name in names_imported(file) if not name.startswith(PUBLIC_IN_USE)}
    private = {
        name
        for name in names
        if (name.startswith("torch.") and "._" in name) or name.startswith(("torch.fx.experimental", "wandb.sdk"))
    }
    assert private == set() or package_of(file) == "workarounds"


def test_the_record_is_imported_without_torch_numpy_and_wandb():
    """Of the whole process: nothing that the record imports brings them in."""
    modules = ", ".join(f"ganlab.record.{file.stem}" for file in sorted((PACKAGE / "record").glob("[!_]*.py")))
    code = f"import sys, {modules}; print(sorted({{'torch', 'numpy', 'wandb'}} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
