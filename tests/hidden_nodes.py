"""Nodes of a Ray cluster on this machine that cannot see a folder of it: each has a namespace of mounts of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = 'mount -t tmpfs none "$HIDDEN" && exec "$@"'


def why_not() -> str:
    """Why no mounts can be hidden here; "" if they can."""
    try:
        tried = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True)
    except FileNotFoundError:
        return "there is no unshare"
    return f"no namespaces of mounts: {tried.stderr.decode().strip()}" if tried.returncode else ""


class HiddenNode:
    """A node with one core to whose processes the folder `hidden` is empty; their temporary files lie in `own`."""

    def __init__(self, address: str, hidden: Path, own: Path) -> None:
        own.mkdir()
        start = "from ray.scripts.scripts import main; main()"
        options = ["--num-cpus=1", "--disable-usage-stats", "--include-log-monitor=false", "--block"]
        ports = ["--dashboard-agent-listen-port=0", "--dashboard-agent-grpc-port=0", "--runtime-env-agent-port=0"]
        ray = [sys.executable, "-c", start, "start", f"--address={address}", *options, *ports]
        self._log = own / "node.log"
        self.process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", SCRIPT, "sh", *ray],
            env={**os.environ, "HIDDEN": str(hidden), "TMPDIR": str(own)},
            cwd="/",
            stdout=self._log.open("wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.own = own

    def wait(self, seconds: float = 60) -> None:
        """Until it has started; two that start at once may take the same socket."""
        end = time.monotonic() + seconds
        while "Ray runtime started" not in (said := self._log.read_text()):
            assert self.process.poll() is None, said[-3000:]
            assert time.monotonic() < end, said[-3000:]
            time.sleep(0.1)

    def has(self, pid: int) -> bool:
        """Whether the process is one of the node's: whether it has the node's mounts."""
        return _mounts_of(pid) == _mounts_of(self.process.pid)

    def sees(self, folder: Path) -> list[str]:
        """What the node's processes find in a folder."""
        return [path.name for path in Path(f"/proc/{self.process.pid}/root{folder}").iterdir()]

    def kill(self) -> None:
        """Kill all of its processes at once, as when a machine loses its power."""
        mounts = _mounts_of(self.process.pid)
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and _mounts_of(int(entry.name)) == mounts:
                os.kill(int(entry.name), signal.SIGKILL)
        self.process.wait()


def _mounts_of(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/mnt").readlink())
    except OSError:
        return ""
