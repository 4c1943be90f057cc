"""The mirror: a process of its own that follows run directories, draws their samples and shows them in W&B.

The process that trains never imports wandb, so wandb can neither stop it nor slow it down.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any, cast

from ganlab.record.files import for_shell
from ganlab.text import one_line

MIRROR_MODULE = "ganlab.tracking.mirror_process"

SECONDS_FOR_MIRROR = 30.0
SECONDS_FOR_MIRROR_WHEN_STOPPED = 8.0
"""How long a launcher or a trial waits for the mirror, once all is trained or where training was stopped."""

APART: dict[str, Any]
"""Arguments to start a process that does not receive Ctrl-C and runs at a low priority."""
if sys.platform == "win32":
    APART = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS}
else:
    APART = {"start_new_session": True}  # and it lowers its own priority


class Mirror:
    """The trainer's side: starts the mirror and names run directories to it.

    A failure of the mirror raises nothing here, and only `finish` waits for it. As a context manager, it kills the
    mirror where an exception leaves the block.

    Args:
        folder: the sweep's folder, in which the run directories are. The mirror's log goes there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._missed = False
        self._watched: SimpleQueue[Path | None] = SimpleQueue()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `finish`
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "mirror.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", MIRROR_MODULE],
                stdin=subprocess.PIPE,
                stdout=self._said,
                stderr=log,
                bufsize=0,
                env={**os.environ, "PYTHONIOENCODING": "utf-8:backslashreplace"},
                **APART,
            )
        self._sender = Thread(target=self._send, args=(cast(IO[bytes], self._process.stdin),), daemon=True)
        self._sender.start()

    def watch(self, run: Path) -> None:
        """Follow the run directory `run`, which need not exist yet."""
        self._watched.put(run.resolve())

    def finish(self, timeout_s: float) -> list[str]:
        """Have the rest sent, end the mirror, and return what the user should know, one line each.

        Runs without a summary are left as stopped. The mirror is killed after `timeout_s`.
        """
        self._watched.put(None)
        try:
            status = self._process.wait(timeout_s)
            self._sender.join(timeout=1.0)  # the pipe stays open where something that the mirror started holds it
            missed = self._missed or self._sender.is_alive()
            why = f"the mirror ended with status {status}" if status or missed else ""
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            why = f"the mirror was not done within {timeout_s:g} s"
        with self._said:
            self._said.seek(0)
            lines = [one_line(line) for line in self._said.read().decode(errors="backslashreplace").splitlines()]
        return [*lines, incomplete(self._folder, why)] if why else lines

    def __enter__(self) -> Mirror:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._process.kill()
            self._process.wait()

    def _send(self, pipe: IO[bytes]) -> None:
        """Write the paths that are to be followed to the mirror, which may hang or die, and at last null."""
        try:
            with pipe:
                for path in iter(self._watched.get, None):
                    pipe.write(json.dumps(str(path)).encode() + b"\n")
                pipe.write(b"null\n")
        except OSError:  # it is a broken pipe, for which Windows has several errors
            self._missed = True


def incomplete(folder: Path, why: str) -> str:
    """The message that W&B lacks a part of the sweep in `folder`, why, and how to send it."""
    return (
        f"W&B is incomplete ({why}; see {for_shell(folder / 'mirror.log')}). Nothing is lost; "
        f"send the rest with: ganlab wandb sync {for_shell(folder)}"
    )
