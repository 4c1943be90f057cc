"""``ganlab report``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlab.cli.options import Commands, add_metrics, add_sweeps
from ganlab.cli.output import say
from ganlab.cli.places import require_place


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("report", help="write a report on sweeps, one HTML file that opens anywhere")
    parser.set_defaults(command=report)
    add_sweeps(parser)
    add_metrics(parser)
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.html", help="the file to write")


def report(options: argparse.Namespace) -> int:
    """Write the report on sweeps."""
    from ganlab.record.files import write_whole
    from ganlab.results import read_runs
    from ganlab.results.report import report

    require_place(options.output, "a report", ".html")
    runs = read_runs(options.sweeps, options.filter)
    filters = [word for one in options.filter for word in ("--filter", one)]
    page = report(runs, [*options.sweeps, *filters], options.metrics)
    write_whole(options.output, page)
    say(f"{options.output}: {options.output.stat().st_size / 1e6:.1f} MB; open it in a browser")
    return 0
