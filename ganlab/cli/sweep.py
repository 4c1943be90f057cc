"""``ganlab sweep``."""

from __future__ import annotations

import argparse
import atexit
import gc
import sys
from pathlib import Path

from rich.console import Console

from ganlab.cli.options import Commands, add_engine, add_sweep_file, engine_options, use_plugins
from ganlab.cli.output import say
from ganlab.cli.signals import stop_on_signals
from ganlab.errors import InputError
from ganlab.exit_codes import code_of
from ganlab.text import one_line


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("sweep", help="train the unfinished runs of a sweep, and print its table")
    parser.set_defaults(command=sweep)
    add_sweep_file(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the plan and do nothing")
    parser.add_argument(
        "--plan-only", action="store_true", help="write the run directories, and print the commands that train them"
    )
    add_engine(parser)


def sweep(options: argparse.Namespace) -> int:
    """Train the unfinished runs of a sweep, and print its table."""
    from ganlab.processes import start_server

    stop_on_signals()
    if not options.dry_run and options.file.exists():
        start_server()
    gc.disable()  # imports make no garbage, and looking for some takes half a second
    from ganlab.sweeps import launch_all, load_sweep, prepare, print_closing, print_commands, print_plan, record

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
    plan, result = launch_all(plan, engine, console)
    if result.stopped:
        print_closing(plan, result, console)
        return code_of(result.stopped)
    status = max(1 if result.faults else 0, _print_table(plan.folder))
    print_closing(plan, result, console)
    return status


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
