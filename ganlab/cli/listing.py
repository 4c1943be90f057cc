"""``ganlab list``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab.registry import Registry
from ganlab.text import one_line

if TYPE_CHECKING:
    from ganlab.cli.options import Commands


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("list", help="list variants, builders, data sets and evaluators")
    parser.set_defaults(command=list_all)
    parser.add_argument("--variant-file", action="append", default=[], metavar="FILE")


def list_all(options: argparse.Namespace) -> int:
    """Print everything that has a name, with its line and its paper."""
    import ganlab.evaluation.images  # noqa: F401 (registers its evaluators)
    from ganlab.data import DATA
    from ganlab.evaluation import EVALUATORS
    from ganlab.networks import BUILDERS
    from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS, load_file

    for file in options.variant_file:
        load_file(Path(file))
    registries: tuple[Registry[Any], ...] = (VARIANTS, PENALTIES, CONSTRAINTS, BUILDERS, DATA, EVALUATORS)
    width = max(len(name) for registry in registries for name in registry.names)
    for registry in registries:
        print(registry.plural)
        for entry in registry:
            print(one_line(f"  {entry.name:<{width}}  {entry.summary}{f'  [{entry.paper}]' if entry.paper else ''}"))
    return 0
