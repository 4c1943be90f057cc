"""Imports point down, from room to room, and never in a circle."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import ganlab

PACKAGE = Path(ganlab.__file__).parent

BOTTOM = {"errors", "registry", "options", "text"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "registry": {"errors"},
    "options": {"errors", "registry"},
    "processes": {"errors"},
    "text": set(),
    "workarounds": set(),
    "compiler": {"workarounds"},
    "arithmetic": set(),
    "variants": BOTTOM,
    "networks": BOTTOM,
    "data": BOTTOM,
    "tracking": BOTTOM,
    "evaluation": BOTTOM | {"arithmetic", "data"},
    "checkpoint_file": {"errors", "tracking"},
    "training": BOTTOM
    | {"arithmetic", "checkpoint_file", "compiler", "variants", "networks", "data", "evaluation", "tracking"},
    "results": BOTTOM | {"tracking", "checkpoint_file"},
    "sweeps": BOTTOM | {"processes", "compiler", "variants", "networks", "data", "evaluation", "tracking", "training"},
    "cli": BOTTOM
    | {"processes", "variants", "networks", "data", "evaluation", "tracking", "training", "results", "sweeps"},
    "preload": {"compiler", "sweeps"},
    "__main__": {"cli"},
    "__init__": {"tracking", "training"},
}
"""The rooms that each room may import; any may import the package itself for its version."""

FILES = sorted(PACKAGE.rglob("*.py"))


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(file: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "ganlab":
                names = [f"ganlab.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "ganlab" and len(parts) > 1 and parts[1] != "__version__":
                rooms.add(parts[1])
    return rooms - {room_of(file)}


def test_every_room_has_its_wall():
    assert {room_of(file) for file in FILES} == set(ALLOWED)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_a_file_imports_from_the_rooms_below_it_alone(file):
    assert imported_rooms(file) - ALLOWED[room_of(file)] == set()


@pytest.mark.parametrize(
    ("room", "stranger"),
    [("variants", "torch.optim"), ("tracking", "torch"), ("results", "torch"), ("training", "wandb")],
)
def test_a_room_does_not_know_what_is_not_its_business(room, stranger):
    for file in FILES:
        if room_of(file) == room:
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    names = {alias.name for alias in node.names} | {getattr(node, "module", None) or ""}
                    assert not any(name == stranger or name.startswith(f"{stranger}.") for name in names), file
