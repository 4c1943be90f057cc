"""``ganlab status``, ``ganlab stop`` and ``ganlab retry``: what is done with a sweep that was launched."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ganlab.cli.options import Commands, add_data, add_engine, engine_options
from ganlab.cli.output import say
from ganlab.cli.signals import stop_on_signals
from ganlab.exit_codes import code_of

if TYPE_CHECKING:
    from ganlab.record.overview import Overview

SECONDS_BETWEEN_LOOKS = 0.5


def add_to(commands: Commands) -> None:
    status_parser = commands.add_parser("status", help="show how far a sweep is, wherever it is trained")
    stop_parser = commands.add_parser("stop", help="have all jobs of a sweep end at a checkpoint, wherever they are")
    retry_parser = commands.add_parser("retry", help="train the runs of a sweep that failed, as they were planned")
    for parser, command in ((status_parser, status), (stop_parser, stop), (retry_parser, retry)):
        parser.set_defaults(command=command)
        parser.add_argument("sweep", type=Path, metavar="SWEEP_DIR", help="a sweep's folder such as runs/gaussian_1d")
    retry_parser.add_argument(
        "--trust", action="store_true", help="run the Python code that the records carry: plugins"
    )
    retry_parser.add_argument("--no-compile", action="store_true", help="run the updates uncompiled")
    add_engine(retry_parser)
    add_data(retry_parser)


def status(options: argparse.Namespace) -> int:
    """Print how far a sweep is; 1 if runs of it have failed."""
    from ganlab.record.lease import Watcher
    from ganlab.record.overview import look_over

    overview = look_over(options.sweep, Watcher())
    say("\n".join(lines_of(options.sweep, overview)))
    return 1 if overview.failed else 0


def lines_of(sweep: Path, overview: Overview) -> list[str]:
    """How far a sweep is, in words, with what Slurm says of its tasks."""
    from ganlab.slurm_queue import sweep_in_queue

    queue = sweep_in_queue(sweep, overview.done)
    at_work = [run for _, runs, _ in overview.jobs.values() for run in runs]
    return [*overview.lines(queue.by_run()), *queue.lines(without=at_work)]


def stop(options: argparse.Namespace) -> int:
    """Ask a sweep to end, and wait until nobody works on it."""
    from ganlab.record.lease import Watcher
    from ganlab.record.overview import look_over
    from ganlab.record.stop import ask_to_end

    watcher = Watcher()
    look_over(options.sweep, watcher)  # refuses what is no sweep
    ask_to_end(options.sweep)
    while (overview := look_over(options.sweep, watcher)).jobs:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    say("\n".join(lines_of(options.sweep, overview)))
    say("the same 'ganlab sweep' command goes on from there")
    return 0


def retry(options: argparse.Namespace) -> int:
    """Train the runs of a sweep that failed; 1 if some fail again."""
    from rich.console import Console

    from ganlab.sweeps import launch, plan_of_failed, print_closing, print_plan

    stop_on_signals()
    console = Console(highlight=False, soft_wrap=True)
    plan, engine = plan_of_failed(options.sweep, engine_options(options), not options.no_compile, options.trust)
    print_plan(plan, console)
    result = launch(plan, engine, console)
    print_closing(plan, result, console)
    if result.stopped:
        return code_of(result.stopped)
    return 1 if result.faults else 0
