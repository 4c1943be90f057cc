"""``ganlab table``."""

from __future__ import annotations

import argparse

from ganlab.cli.options import Commands, add_metrics, add_sweeps
from ganlab.cli.output import say


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("table", help="print the benchmark table of one or several sweeps")
    parser.set_defaults(command=table)
    add_sweeps(parser)
    parser.add_argument("--format", choices=["md", "latex", "csv", "json"], default="md")
    add_metrics(parser)
    parser.add_argument(
        "--against", choices=["paper"], help="add a second table: what is published for these rows, and what differs"
    )


def table(options: argparse.Namespace) -> int:
    """Print the table of sweeps."""
    from ganlab.results import build, metrics_with_published, published_for, read_runs, render

    runs = read_runs(options.sweeps, options.filter)
    if not options.against:
        say(render(build(runs, options.metrics), options.format))
        return 0
    table = build(runs, options.metrics or metrics_with_published(runs))
    say(render(table, options.format, published_for(table)))
    return 0
