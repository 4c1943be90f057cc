"""``ganlab reproduce``."""

from __future__ import annotations

import argparse

from rich.console import Console

from ganlab.cli.options import Commands, add_data, add_run, use_plugins
from ganlab.cli.output import say


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("reproduce", help="train a run again and compare it bit for bit")
    parser.set_defaults(command=reproduce)
    add_run(parser)
    add_data(parser)


def reproduce(options: argparse.Namespace) -> int:
    """Train a run again and print whether the result is the same."""
    from ganlab.record.finding import find_run
    from ganlab.sweeps import reproduce as train_again

    use_plugins(options)
    console = Console(highlight=False, soft_wrap=True)
    verdict = train_again(find_run(options.run, options.runs), console, options.trust)
    say(verdict.text)
    return 0 if verdict.identical else 1
