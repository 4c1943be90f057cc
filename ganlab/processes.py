"""Processes that work: forked from a server that has imported torch and its compiler already."""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import util
from types import ModuleType

from ganlab.errors import InputError

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Channel
    from multiprocessing.context import SpawnContext as Context
else:
    from multiprocessing import forkserver, resource_tracker
    from multiprocessing.connection import Connection as Channel
    from multiprocessing.context import ForkServerContext as Context

__all__ = ["Channel", "context", "end_with", "start_server", "temporary_folder", "without_main_module"]

PRELOADED = ["ganlab.preload"]

LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107
"""Bytes in the path of a socket."""

LONGEST_TEMPORARY = LONGEST_SOCKET - len("/pymp-12345678/listener-12345678")
"""Bytes in the name of a temporary folder in which multiprocessing may open a socket."""

SHORT_FOLDERS = ("/tmp", "/var/tmp")
"""Where sockets lie instead where TMPDIR is longer."""


def context() -> Context:
    """How to start a process: forked from the server, or anew on Windows, which cannot fork."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    return multiprocessing.get_context("forkserver")


def start_server() -> None:
    """Let the server, if there is one, begin its imports, which take seconds, beside those of this process.

    Ctrl-C and the end of a terminal are this process's to answer: the server and all that it forks do not get them.

    Raises:
        InputError: there is no temporary folder that can be written and whose name is short enough for a socket.
    """
    if sys.platform != "win32":
        _place_sockets()
        forkserver.set_forkserver_preload(PRELOADED)
        resource_tracker.ensure_running()  # which the server would start otherwise, and that unblocks Ctrl-C
        usual = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
        try:
            forkserver.ensure_running()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, usual)


def _place_sockets() -> None:
    """Have multiprocessing keep the sockets of this process, and of those that it starts, where paths are short enough.

    All else that is temporary stays in TMPDIR.
    """
    usual = temporary_folder()
    for folder in (usual, *SHORT_FOLDERS):
        if len(os.fsencode(folder)) <= LONGEST_TEMPORARY and os.access(folder, os.W_OK | os.X_OK):
            tempfile.tempdir = folder
            try:
                util.get_temp_dir()  # once made, it is used for good
            finally:
                tempfile.tempdir = usual
            return
    raise InputError(
        f"the name of the temporary folder '{usual}' is too long for a socket, and {' and '.join(SHORT_FOLDERS)} "
        f"cannot be written; set TMPDIR to a folder with a name of at most {LONGEST_TEMPORARY} bytes"
    )


@contextmanager
def without_main_module() -> Iterator[None]:
    """Within it, processes that start do not run the caller's script again, which so needs no ``__main__`` guard."""
    script = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def end_with(channel: Channel) -> None:
    """End this process at once when the far end of `channel` closes, as it does when the process that has it dies.

    Windows tells nobody, so that a process there ends when it next sends something.
    """
    if sys.platform != "win32":
        poll = select.poll()
        poll.register(channel.fileno(), select.POLLERR)

        def watch() -> None:
            poll.poll()
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def temporary_folder() -> str:
    """The folder for temporary files: what TMPDIR names if it can be written, or else one of the system's.

    Raises:
        InputError: none of them can be written.
    """
    try:
        return tempfile.gettempdir()
    except FileNotFoundError as error:
        raise InputError(f"{error.strerror}; set TMPDIR to a folder that can be written and is not full") from None
