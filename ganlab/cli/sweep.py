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

from ganlab.cli.exit_status import status_of
from ganlab.cli.options import add_data, add_engine, add_plugins, add_runs, engine_options, use_plugins
from ganlab.cli.output import say
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
    parser.add_argument(
        "--plan-only", action="store_true", help="write the run directories, and print the commands that train them"
    )
    parser.add_argument("--no-compile", action="store_true", help="run the updates uncompiled")
    add_plugins(parser)
    add_engine(parser)
    add_data(parser)


def sweep(options: argparse.Namespace) -> int:
    """Train the unfinished runs of a sweep, and print its table."""
    from ganlab.processes import start_server

    _stop_on_signals()
    if not options.dry_run and options.file.exists():
        start_server()
    gc.disable()  # imports make no garbage, and looking for some takes half a second
    from ganlab.sweeps import launch, load_sweep, prepare, print_closing, print_commands, print_plan, record

    gc.freeze()  # nor is there any in them when the command ends, which takes a second to find out
    gc.enable()
    atexit.register(_thaw)

    console = Console(highlight=False, soft_wrap=True)
    use_plugins(options)
    asked = load_sweep(options.file, options.overrides)
    plan, engine = prepare(asked, options.runs, engine_options(options), compiled=not options.no_compile)
    print_plan(plan, console)
    if options.dry_run:
        return 0
    if options.plan_only:
        record(plan)
        print_commands(plan, console)
        return 0
    result = launch(plan, engine, console)
    if result.stopped:
        print_closing(plan, result, console)
        return status_of(result.stopped)
    status = max(1 if result.faults else 0, _print_table(plan.folder))
    print_closing(plan, result, console)
    return status


def _stop_on_signals() -> None:
    """Have a scheduler's SIGTERM, and the end of the terminal, stop the sweep as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _stop)
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup has it
        signal.signal(signal.SIGHUP, _hang_up_from([one.fileno() for one in (sys.stdout, sys.stderr) if one.isatty()]))


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def _hang_up_from(terminal: Sequence[int]) -> Callable[[int, FrameType | None], None]:
    """A handler that stops as for Ctrl-C; what is printed to the `terminal` after that is discarded."""

    def hang_up(number: int, frame: FrameType | None) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for descriptor in terminal:
            os.dup2(nowhere, descriptor)
        raise KeyboardInterrupt(number)

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
