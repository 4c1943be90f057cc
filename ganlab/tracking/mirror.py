"""The mirror: a process of its own that follows run directories, draws their samples and shows them in W&B.

The process that trains never imports wandb, which can therefore neither stop nor slow it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, cast

from ganlab.tracking.files import for_shell

MIRROR_MODULE = "ganlab.tracking.mirror_process"


class Mirror:
    """The trainer's side: starts the mirror and names run directories to it.

    Whatever becomes of the mirror raises nothing here, and `finish` alone waits for it.

    Args:
        folder: the sweep's folder, in which the run directories are. The mirror's log goes there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._missed = False
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `finish`
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "mirror.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", MIRROR_MODULE],
                stdin=subprocess.PIPE,
                stdout=self._said,
                stderr=log,
                bufsize=0,
                start_new_session=True,  # Ctrl-C in a terminal reaches the parent alone
            )
        self._paths = cast(IO[bytes], self._process.stdin)
        os.set_blocking(self._paths.fileno(), False)

    def watch(self, run: Path) -> None:
        """Follow the run directory `run`, which need not exist yet."""
        try:
            written = self._paths.write(os.fsencode(run.resolve()) + b"\n")
        except BrokenPipeError:
            written = None
        self._missed = self._missed or written is None  # None: the pipe is full, so the mirror hangs

    def finish(self, timeout_s: float) -> list[str]:
        """Have the rest sent, end the mirror, and return what the user should know, one line each.

        Runs without a summary are left as stopped. The mirror is killed after `timeout_s`.
        """
        self._paths.close()
        try:
            status = self._process.wait(timeout_s)
            why = f"the mirror ended with status {status}" if status or self._missed else ""
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            why = f"the mirror was not done within {timeout_s:g} s"
        with self._said:
            self._said.seek(0)
            lines = self._said.read().decode().splitlines()
        return [*lines, incomplete(self._folder, why)] if why else lines


def incomplete(folder: Path, why: str) -> str:
    """The line that says that W&B lacks something of the sweep in `folder`, why, and how to send it."""
    runs = for_shell(folder)
    return (
        f"W&B is incomplete ({why}; see {runs}/mirror.log). Nothing is lost; "
        f"send the rest with: ls -d {runs}/*/ | python -m {MIRROR_MODULE}"
    )
