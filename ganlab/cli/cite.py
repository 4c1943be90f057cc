"""``ganlab cite`` and ``ganlab verify``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ganlab.cli.options import Commands, add_metrics, add_sweeps
from ganlab.cli.output import say
from ganlab.cli.places import require_place
from ganlab.text import message


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("cite", help="print what to cite and how the runs were made; archive them")
    parser.set_defaults(command=cite)
    add_sweeps(parser)
    add_metrics(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="ARCHIVE.zip", help="also write an archive of the runs")
    parser.add_argument("--checkpoints", action="store_true", help="put the final checkpoints into the archive")

    verifier = commands.add_parser("verify", help="check an archive, and that its tables follow from its runs")
    verifier.set_defaults(command=verify)
    verifier.add_argument("archive", type=Path, metavar="ARCHIVE.zip", help="what `ganlab cite -o` wrote")


def cite(options: argparse.Namespace) -> int:
    """Print BibTeX entries and methods, write the archive, and verify it: records may contradict each other."""
    from ganlab.results import build, read_runs
    from ganlab.results.archive import write_archive
    from ganlab.results.citation import bibtex
    from ganlab.results.methods import methods

    if options.output:
        require_place(options.output, "an archive", ".zip")
    runs = read_runs(options.sweeps, options.filter)
    count = write_archive(options.output, runs, options.metrics, options.checkpoints) if options.output else 0
    say(f"{bibtex(runs)}\n\n{methods(runs, build(runs, options.metrics))}")
    if not options.output:
        return 0
    say(f"\n{options.output}: {count} files of {len(runs)} runs; check it with: ganlab verify {options.output}\n")
    return verify(argparse.Namespace(archive=options.output))


def verify(options: argparse.Namespace) -> int:
    """Print a line for each check, each fault, and the verdict."""
    from ganlab.results.archive import verify as verified

    checks = verified(options.archive)
    for check in checks:
        say(f"{'no ' if check.faults else 'yes'}  {check.what}")
        for fault in check.faults:
            say(f"     {message(fault)}")
    faulty = any(check.faults for check in checks)
    say(f"{options.archive} is {'NOT verified' if faulty else 'verified'}")
    return 1 if faulty else 0
