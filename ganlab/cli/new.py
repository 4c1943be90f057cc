"""``ganlab new`` and ``ganlab init``: files to begin with."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from ganlab.cli.options import Commands
from ganlab.errors import InputError

PACKAGE = Path(__file__).parents[1]

SWEEPS = {
    "variant": "data: gaussian\nvariants: [vanilla, {name}]\n",
    "game": "data: gaussian\nvariants: [vanilla, {name}]\n",
    "data": "data: {name}\nvariants: [vanilla, wgan-gp]\n",
    "evaluator": "data: gaussian\nvariants: [vanilla, wgan-gp]\nevaluators: [{name}]\n",
}
"""By the kind of plugin, what a sweep that uses it says; the rest is `COMMON`."""

COMMON = "plugins: [{name}.py]\nseeds: 0..2\nsteps: 2000\noptimizer: {{lr: 1e-3}}\n"

STARTER = "gaussian_1d"


def add_to(commands: Commands) -> None:
    new = commands.add_parser("new", help="write a plugin to begin with, and a sweep that uses it")
    new.set_defaults(command=write_plugin)
    new.add_argument("kind", choices=list(SWEEPS))
    new.add_argument("name", metavar="NAME", help="what it is to be called, in small letters")
    init = commands.add_parser("init", help="write the sweep file of an experiment to begin with")
    init.set_defaults(command=write_starter)
    init.add_argument(
        "experiment", nargs="?", default=STARTER, metavar="NAME", help=f"an experiment of ganlab's (default: {STARTER})"
    )


def write_plugin(options: argparse.Namespace) -> int:
    """Write NAME.py and NAME.yaml, which trains."""
    from ganlab.options import shown
    from ganlab.sweeps.yaml_loader import parse_yaml

    name = options.name
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name):
        raise InputError(f"{name!r} cannot be the name; use small letters, digits, - and _, such as my-{options.kind}")
    if (read := parse_yaml(name, "the name")) != name:
        raise InputError(f"'{name}' cannot be the name, since YAML reads it as {shown(read)}; choose another one")
    _refuse_taken(options.kind, name)
    text = (PACKAGE / "skeletons" / f"{options.kind}.py").read_text(encoding="utf-8")
    title = "".join(part.capitalize() for part in re.split("[-_]", name))
    sweep = f"name: {name}\n{SWEEPS[options.kind]}{COMMON}".format(name=name)
    _write({f"{name}.py": text.replace("skeleton", name).replace("Skeleton", title), f"{name}.yaml": sweep})
    print(f"{name}.py, {name}.yaml: train it with `ganlab sweep {name}.yaml`")
    return 0


def _refuse_taken(kind: str, name: str) -> None:
    from ganlab.plugins import registries

    kinds = {"variant": ("variant", "game"), "data": ("data set",)}.get(kind, (kind,))
    for registry in registries():
        if registry.kind in kinds and name in registry:
            raise InputError(f"there is a {registry.kind} '{name}' already; choose another name")


def write_starter(options: argparse.Namespace) -> int:
    """Write the file of an experiment, and of the one that it extends."""
    found = [place for place in (PACKAGE / "experiments", PACKAGE.parent / "experiments") if place.is_dir()]
    if not found:
        raise InputError(f"the experiments are not installed beside {PACKAGE}; install ganlab again")
    texts: dict[str, str] = {}
    file = f"{options.experiment}.yaml"
    while file:
        path = found[0] / file
        if not path.is_file() or path.parent != found[0]:
            names = ", ".join(sorted(one.stem for one in found[0].glob("*.yaml")))
            raise InputError(f"there is no experiment '{options.experiment}'; there are {names}")
        texts[file] = path.read_text(encoding="utf-8")
        extends = re.search(r"^extends: (\S+)$", texts[file], re.MULTILINE)
        file = extends[1] if extends else ""
    _write(texts)
    print(f"{', '.join(texts)}: train it with `ganlab sweep {options.experiment}.yaml`")
    return 0


def _write(texts: dict[str, str]) -> None:
    """Write all files into the working directory, or none."""
    taken = [name for name in texts if Path(name).exists()]
    if taken:
        raise InputError(f"{taken[0]} is there already; nothing was written")
    for name, text in texts.items():
        Path(name).write_text(text, encoding="utf-8")
