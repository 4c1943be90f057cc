"""``ganlab watch``."""

from __future__ import annotations

import argparse
import os
import sys

from ganlab.cli.options import Commands, add_metrics
from ganlab.cli.output import say

NICENESS = 10


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("watch", help="show the report on sweeps as a page that follows their training")
    parser.set_defaults(command=watch)
    parser.add_argument("sweeps", nargs="+", metavar="SWEEP", help="a sweep's folder such as runs/gaussian_1d")
    add_metrics(parser)
    parser.add_argument("--port", type=int, default=0, metavar="N", help="where the page is (default: a free port)")


def watch(options: argparse.Namespace) -> int:
    """Show the report on sweeps until Ctrl-C."""
    from ganlab.live import Watch

    if sys.platform != "win32":
        os.nice(NICENESS)  # training goes first
    with Watch(options.sweeps, options.metrics, options.port) as page:
        say(f"{page.url} shows {' '.join(options.sweeps)} on this machine; Ctrl-C ends it")
        sys.stdout.flush()  # also where it goes to a pipe
        page.run()
    return 0
