"""``ganlab list``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ganlab.cli.options import Commands, add_plugins, use_plugins
from ganlab.errors import InputError
from ganlab.registry import did_you_mean
from ganlab.text import one_line

if TYPE_CHECKING:
    from ganlab.variants import Variant


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("list", help="list variants, optimisers, builders, data sets, evaluators, extractors")
    parser.set_defaults(command=list_all)
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="show these alone: kinds, or entries, variants with their settings",
    )
    add_plugins(parser)


def list_all(options: argparse.Namespace) -> int:
    """Print every registered entry with its summary and paper, and the settings of the variants that are named.

    Raises:
        InputError: no entry has one of the names.
    """
    from ganlab.plugins import registries
    from ganlab.variants import VARIANTS

    use_plugins(options)
    known = {registry: registry.names for registry in registries()}
    names = [name for some in known.values() for name in some]
    kinds = [registry.plural for registry in known]
    for name in options.names:
        if name not in (*names, *kinds):
            raise InputError(f"nothing is called '{name}'; {did_you_mean(name, (*names, *kinds))}")
    asked = options.names or kinds
    chosen = {registry: [entry for entry in registry if {entry.name, registry.plural} & {*asked}] for registry in known}
    width = max(len(entry.name) for entries in chosen.values() for entry in entries)
    for registry, entries in chosen.items():
        if entries:
            print(registry.plural)
        for entry in entries:
            print(one_line(f"  {entry.name:<{width}}  {entry.summary}{f'  [{entry.paper}]' if entry.paper else ''}"))
            if entry.name in options.names and registry is VARIANTS:
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
