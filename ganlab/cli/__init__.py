"""The command line: it parses, calls, and prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ganlab import __version__
from ganlab.cli import (
    cite,
    completion,
    evaluate,
    extractor,
    figure,
    listing,
    new,
    report,
    reproduce,
    sample,
    status,
    sweep,
    table,
    wandb,
    watch,
    work,
)
from ganlab.cli.options import set_environment
from ganlab.cli.output import any_text, flushed_output, open_closed_output
from ganlab.errors import InputError
from ganlab.exit_codes import REFUSED, code_of
from ganlab.text import message

COMMANDS = (
    new,
    sweep,
    work,
    status,
    table,
    figure,
    report,
    watch,
    cite,
    listing,
    sample,
    evaluate,
    extractor,
    reproduce,
    wandb,
    completion,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that `arguments` name; gives the exit status."""
    open_closed_output()
    with any_text():
        return _run(_parse(arguments))


def _run(options: argparse.Namespace) -> int:
    try:
        set_environment(options)
        with flushed_output():
            status: int = options.command(options)
    except BrokenPipeError:
        return 1
    except Exception as error:
        fault = _in_words(error)
        if fault is None:
            raise
        print(f"ganlab: {message(fault)}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt as stop:
        print("ganlab: interrupted", file=sys.stderr)
        return code_of(stop)
    return status


def _in_words(error: Exception) -> str | None:
    """What the user can mend; None of a fault of the program."""
    if isinstance(error, InputError):
        return str(error)
    from ganlab.plugins import in_words  # which takes seconds

    return in_words(error)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Options in any order: overrides of a sweep may also follow flags, which argparse does not recognize."""
    parser = build_parser()
    options, rest = parser.parse_known_args(arguments)
    unrecognized = [one for one in rest if one.startswith("-") or "overrides" not in options]
    if unrecognized:
        parser.error(message(f"unrecognized arguments: {' '.join(unrecognized)}; see ganlab --help"))
    if rest:
        options.overrides += rest
    return options


def build_parser() -> argparse.ArgumentParser:
    """What reads the command line."""
    parser = argparse.ArgumentParser(
        prog="ganlab", description="GAN variants over many seeds, measured, and turned into tables."
    )
    parser.add_argument("--version", action="version", version=f"ganlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_to(commands)
    return parser
