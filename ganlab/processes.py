"""Processes that work: forked from a server that has imported torch and its compiler already."""

from __future__ import annotations

import multiprocessing
import signal
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext, SpawnContext

PRELOADED = ["ganlab.preload"]


def context() -> ForkServerContext | SpawnContext:
    """How to start a process, forked from the server where the system can do so."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    return multiprocessing.get_context("forkserver")


def start_server() -> None:
    """Let the server begin its imports, which take seconds, beside those of this process.

    Ctrl-C is this process's to answer, so the server and all that it forks do not get it.
    """
    if isinstance(context(), SpawnContext):
        return
    forkserver.set_forkserver_preload(PRELOADED)
    resource_tracker.ensure_running()  # which the server would start otherwise, and that unblocks Ctrl-C
    usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, usual)
