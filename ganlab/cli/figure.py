"""``ganlab figure``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlab.cli.options import Commands, add_metrics, add_sweeps
from ganlab.cli.output import say
from ganlab.cli.places import require_place


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("figure", help="draw learning curves, results of seeds, or a search, for a paper")
    parser.set_defaults(command=figure)
    add_sweeps(parser)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="FILE.pdf, FILE.svg or FILE.png"
    )
    parser.add_argument(
        "--kind",
        choices=["curves", "strips", "search"],
        default="curves",
        help="medians over training in a band of quartiles, a mark a seed with means, or the best of so many "
        "trials of a search (default: curves)",
    )
    add_metrics(parser)


def figure(options: argparse.Namespace) -> int:
    """Draw a figure, and print its caption."""
    from ganlab.record.files import write_whole
    from ganlab.results import read_runs
    from ganlab.results.figures import Drawing

    require_place(options.output)
    runs = read_runs(options.sweeps, options.filter)
    format = options.output.suffix.removeprefix(".").lower()
    drawing = Drawing(runs, options.kind, options.metrics)
    write_whole(options.output, drawing.file(format))
    say(f"{options.output}: {drawing.caption()}")
    return 0
