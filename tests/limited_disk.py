"""A small disk of its own, which can be filled, emptied, and made read-only."""

from __future__ import annotations

import errno
import subprocess
from contextlib import suppress
from pathlib import Path


class LimitedDisk:
    """A file system in memory, mounted at `path`.

    Raises:
        OSError: this process may not mount one.
    """

    def __init__(self, path: Path, megabytes: int = 8, files: int = 1000) -> None:
        self.path = path
        path.mkdir()
        options = f"size={megabytes}m,nr_inodes={files}"
        try:
            _call("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path))
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            raise OSError(errno.EPERM, "cannot mount") from error

    def fill(self, leaving: int = 0) -> None:
        """Leave so many bytes."""
        block = b"\0" * 4096
        with (self.path / "filling").open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(block)
        with (self.path / "filling").open("r+b") as file:
            file.truncate(max(0, file.seek(0, 2) - leaving))

    def fill_with_files(self, leaving: int = 0) -> None:
        """Leave room for so many files."""
        (self.path / "files").mkdir()
        count = 0
        with suppress(OSError):
            while True:
                (self.path / "files" / str(count)).touch()
                count += 1
        for number in range(leaving):
            (self.path / "files" / str(number)).unlink()

    def empty(self) -> None:
        """Take the fillings away."""
        (self.path / "filling").unlink(missing_ok=True)
        for file in self.path.glob("files/*"):
            file.unlink()

    def protect(self, writable: bool = False) -> None:
        """Make it read-only, or writable again; files that are open for writing prevent the former."""
        _call("mount", "-o", f"remount,{'rw' if writable else 'ro'}", str(self.path))

    def close(self) -> None:
        _call("umount", "--lazy", str(self.path))


def _call(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
