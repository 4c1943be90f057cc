"""The page of the command line, from its parsers."""

from __future__ import annotations

import argparse

from docs_site.markdown import block, page
from ganlab.cli import COMMANDS


def command_page() -> str:
    """The help of every command."""
    commands = argparse.ArgumentParser(prog="ganlab").add_subparsers()
    for command in COMMANDS:
        command.add_to(commands)
    return page("Commands", *_helps(commands))


def _helps(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[str]:
    return [f"## {parser.prog}\n\n{block(parser.format_help(), 'text')}" for parser in commands.choices.values()]
