"""``ganlab completion``: a script with which a shell completes commands, options and files."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

from ganlab.cli.options import Commands

SHELLS = ("bash", "zsh")
FILES = ("FILE", "DIR", "SWEEP", "RUN", "IMAGES")
"""What arguments are called that are files or folders, or may be."""


def add_to(commands: Commands) -> None:
    parser = commands.add_parser("completion", help="print a script with which a shell completes ganlab's commands")
    parser.set_defaults(command=print_script)
    parser.add_argument("shell", choices=SHELLS, help="of which what is printed is to be sourced, as in ~/.bashrc")


def print_script(options: argparse.Namespace) -> int:
    """Print the script for a shell."""
    import shtab  # which takes as long as all other imports of the command line

    from ganlab.cli import build_parser  # which imports this module

    parser = build_parser()
    _complete_with(shtab.FILE, parser)
    print(shtab.complete(parser, options.shell))
    return 0


def _complete_with(files: Mapping[str, object], parser: argparse.ArgumentParser) -> None:
    """Tell shtab which arguments of `parser` are files, by what it calls `files`."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                _complete_with(files, one)
        elif action.type is Path or action.metavar in FILES:
            action.complete = files  # type: ignore[attr-defined]
