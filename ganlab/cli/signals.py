"""Signals by which schedulers and terminals stop a command that trains."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType


def stop_on_signals() -> None:
    """Have a scheduler's SIGTERM, and the end of the terminal, stop the command as Ctrl-C does."""
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
