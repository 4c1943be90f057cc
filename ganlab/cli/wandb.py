"""``ganlab wandb``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from ganlab.cli.options import add_runs
from ganlab.cli.output import say
from ganlab.text import one_line

if TYPE_CHECKING:
    from ganlab.cli.options import Commands


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("wandb", help="upload runs to W&B, and make reports there")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    uploader = actions.add_parser("sync", help="upload the runs that were recorded offline")
    uploader.set_defaults(command=sync)
    uploader.add_argument(
        "sweeps", nargs="*", type=Path, metavar="SWEEP", help="folders of sweeps (default: all of them)"
    )
    add_runs(uploader)

    reporter = actions.add_parser("report", help="make a W&B Report of a sweep's results")
    reporter.set_defaults(command=report)
    reporter.add_argument("sweep", metavar="SWEEP", help="a sweep's folder such as runs/gaussian_1d, or an archive")
    reporter.add_argument(
        "--project", metavar="ENTITY/PROJECT", help="where its runs are (default: where a sweep's runs go)"
    )


def sync(options: argparse.Namespace) -> int:
    """Upload what was recorded offline, and say what was done, a line a sweep."""
    from ganlab.tracking.wandb_login import require_login
    from ganlab.tracking.wandb_sync import require_sweeps, sweeps_with_wandb, upload

    sweeps = options.sweeps or sweeps_with_wandb(options.runs)
    require_sweeps(sweeps)
    require_login()
    uploads = []
    with Console(stderr=True).status("") as status:
        for sweep in sweeps:
            status.update(Text(one_line(f"{sweep}: uploading")))
            uploads.append(upload(sweep))
            say(str(uploads[-1]))
    return 1 if any(one.failed for one in uploads) else 0


def report(options: argparse.Namespace) -> int:
    """Save a report on a sweep in W&B, and print where it is."""
    from ganlab.results import read_runs
    from ganlab.results.wandb_report import publish

    say(publish(read_runs([options.sweep]), options.project))
    return 0
