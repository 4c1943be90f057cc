"""Exit codes of commands, and of processes that do a job; 1 is a fault, or a finding."""

from __future__ import annotations

import signal

DONE = 0

REFUSED = 2
"""Bad input, in a sentence."""

STOPPED = 75
"""A scheduler's signal, or the end of a terminal, stopped it at a checkpoint, and the same command goes on from there.

It is EX_TEMPFAIL of sysexits.h; Slurm requeues such jobs by itself where slurm.conf has ``RequeueExit=75``.
"""

INTERRUPTED = 130
"""Ctrl-C did, or `ganlab stop`."""


def code_of(stop: KeyboardInterrupt) -> int:
    """That of a command that was stopped; Python's own handler of Ctrl-C gives no number."""
    return STOPPED if stop.args and stop.args[0] != signal.SIGINT else INTERRUPTED
