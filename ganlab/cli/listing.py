"""``ganlab list``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganlab.errors import InputError
from ganlab.registry import Registry, did_you_mean
from ganlab.text import one_line

if TYPE_CHECKING:
    from ganlab.cli.options import Commands
    from ganlab.variants import Variant


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("list", help="list variants, builders, data sets, evaluators and extractors")
    parser.set_defaults(command=list_all)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="show these alone, variants with their default settings"
    )
    parser.add_argument("--variant-file", action="append", default=[], metavar="FILE")


def list_all(options: argparse.Namespace) -> int:
    """Print everything that has a name, with its line and its paper; of the variants that are asked for, the settings.

    Raises:
        InputError: nothing has a name that is asked for.
    """
    from ganlab.data import DATA
    from ganlab.evaluation import EVALUATORS
    from ganlab.evaluation.images import EXTRACTORS
    from ganlab.networks import BUILDERS
    from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS, load_file

    for file in options.variant_file:
        load_file(Path(file))
    registries: tuple[Registry[Any], ...] = (VARIANTS, PENALTIES, CONSTRAINTS, BUILDERS, DATA, EVALUATORS, EXTRACTORS)
    known = [name for registry in registries for name in registry.names]
    for name in options.names:
        if name not in known:
            raise InputError(f"nothing is called '{name}'; {did_you_mean(name, known)}")
    chosen = options.names or known
    width = max(map(len, chosen))
    for registry in registries:
        entries = [entry for entry in registry if entry.name in chosen]
        if entries:
            print(registry.plural)
        for entry in entries:
            print(one_line(f"  {entry.name:<{width}}  {entry.summary}{f'  [{entry.paper}]' if entry.paper else ''}"))
            if options.names and registry is VARIANTS:
                _print_settings(entry)
    return 0


def _print_settings(variant: Variant) -> None:
    """The default settings of `variant`, and where they are from."""
    defaults = variant.defaults
    settings = {
        "optimizer": defaults.optimizer.model_dump(),
        "critic_steps": defaults.critic_steps,
        "critic_warmup": defaults.critic_warmup.model_dump() if defaults.critic_warmup else "none",
        "penalties": dict(variant.penalties),
        "constraints": dict(variant.constraints),
    }
    for name, value in settings.items():
        shown = ", ".join(f"{key}: {one}" for key, one in value.items()) if isinstance(value, dict) else value
        print(one_line(f"    {name}: {shown or 'none'}"))
    print(one_line(f"    from: {defaults.source or 'not stated'}"))
