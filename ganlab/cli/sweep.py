"""``ganlab sweep``."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from rich.console import Console

from ganlab.cli.options import add_data, add_plugins, add_runs, use_plugins
from ganlab.cli.output import say
from ganlab.cli.status import INTERRUPTED
from ganlab.errors import InputError
from ganlab.text import one_line

if TYPE_CHECKING:
    from ganlab.cli.options import Commands


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("sweep", help="train the unfinished runs of a sweep, and print its table")
    parser.set_defaults(command=sweep)
    parser.add_argument("file", type=Path, metavar="FILE", help="the sweep's YAML file")
    parser.add_argument(
        "overrides", nargs="*", metavar="KEY=VALUE", help="keys of the file, such as steps=200 seeds=0..7"
    )
    add_runs(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the plan and do nothing")
    parser.add_argument("--no-compile", action="store_true", help="run the updates uncompiled")
    add_plugins(parser)
    parser.add_argument(
        "--workers", type=int, metavar="N", help="populations at once (default: one a core, one on a GPU)"
    )
    add_data(parser)


def sweep(options: argparse.Namespace) -> int:
    """Train the unfinished runs of a sweep, and print its table."""
    from ganlab.processes import start_server

    if not options.dry_run and options.file.exists():
        start_server()
    gc.disable()  # imports make no garbage, and looking for some takes half a second
    from ganlab.sweeps import launch, load_sweep, plan_on_this_machine, print_closing, print_plan

    gc.freeze()  # nor is there any in them when the command ends, which takes a second to find out
    gc.enable()
    atexit.register(_thaw)

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's stop is Ctrl-C
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, _hang_up_from([one.fileno() for one in (sys.stdout, sys.stderr) if one.isatty()]))
    console = Console(highlight=False, soft_wrap=True)
    use_plugins(options)
    asked = load_sweep(options.file, options.overrides)
    plan, engine = plan_on_this_machine(asked, options.runs, options.workers, compiled=not options.no_compile)
    print_plan(plan, console)
    if options.dry_run:
        return 0
    result = launch(plan, engine, console)
    status = INTERRUPTED if result.stopped else 1 if result.faults else 0
    if not result.stopped:
        status = max(status, _print_table(plan.folder))
    print_closing(plan, result, console)
    return status


def _hang_up_from(terminal: Sequence[int]) -> Callable[[int, FrameType | None], None]:
    """A handler that stops as for Ctrl-C; what is printed to the `terminal` after that is discarded."""

    def hang_up(number: int, frame: FrameType | None) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in terminal:
            os.dup2(nowhere, descriptor)
        raise KeyboardInterrupt

    return hang_up


def _thaw() -> None:
    """Unfreeze objects at exit if triton was imported, which would report them as leaks."""
    if "triton" in sys.modules:
        gc.unfreeze()


def _print_table(folder: Path) -> int:
    from ganlab.results import build, read_runs, render

    try:
        say(f"\n{render(build(read_runs([str(folder)])), 'md')}\n")
    except InputError as error:
        print(f"\nganlab: no table: {one_line(str(error))}\n", file=sys.stderr)
        return 1
    return 0
