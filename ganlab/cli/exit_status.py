"""Exit statuses other than 0 (success) and 1 (finished with a finding or a fault)."""

from __future__ import annotations

import signal

BAD_INPUT = 2

STOPPED = 75
"""A scheduler's signal, or the end of a terminal, stopped the command, and the same command goes on from there.

It is EX_TEMPFAIL of sysexits.h; Slurm requeues such jobs by itself where slurm.conf has ``RequeueExit=75``.
"""

INTERRUPTED = 130
"""Ctrl-C did."""


def status_of(stop: KeyboardInterrupt) -> int:
    """The status of a command that was stopped; Python's own handler of Ctrl-C gives no number."""
    return STOPPED if stop.args and stop.args[0] != signal.SIGINT else INTERRUPTED
