"""``ganlab work``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ganlab.cli.options import Commands, add_data, add_plugins, use_plugins
from ganlab.text import message

ENDED = (
    "the sweep was asked to end by 'ganlab stop'; launch it again with 'ganlab sweep', or plan it again with "
    "'ganlab sweep --plan-only' and run the same command again"
)


def add_to(commands: Commands) -> None:
    parser = commands.add_parser(
        "work",
        help="train the runs of some directories as one population",
        description="Exit status: 0 all is done, 75 stopped at a checkpoint (run it again), 130 stopped there by "
        "'ganlab stop', 2 refused, 1 a fault. Processes that torchrun starts train them together, each "
        "on a device of its own.",
    )
    parser.set_defaults(command=work)
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="RUN_DIR", help="run directories, as 'ganlab sweep --plan-only' makes"
    )
    parser.add_argument("--device", default="auto", help="where to train: auto (default), cpu, cuda, cuda:N, mps")
    parser.add_argument("--no-compile", action="store_true", help="run the updates uncompiled")
    parser.add_argument("--trust", action="store_true", help="run the Python code that the records carry: plugins")
    add_plugins(parser)
    add_data(parser)


def work(options: argparse.Namespace) -> int:
    """Train the runs of some directories as one population; what it did stands there."""
    from ganlab.engines.process import work_in_own_process
    from ganlab.engines.several_devices import ranks_of_torchrun
    from ganlab.engines.work import job_of

    use_plugins(options)
    job = job_of(options.folders, not options.no_compile, options.device, options.trust)
    outcome = work_in_own_process(job, ranks=ranks_of_torchrun())
    for text in outcome.messages:
        print(f"ganlab: {message(text)}", file=sys.stderr)
    reason = ENDED if outcome.kind == "ended" else outcome.reason
    if reason:
        print(f"ganlab: {message(reason)}", file=sys.stderr)
    return outcome.exit_code
