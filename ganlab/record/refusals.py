"""What the operating system refuses: in one sentence, with what would help."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganlab.text import one_line

REMOVED = "it, or its folder, is not there, or not any more"
ELSEWHERE = "choose a place that can be written"
REMEDIES = {
    errno.ENOSPC: "make room on its disk (df -h and df -i say what is left)",
    errno.EDQUOT: "make room within the quota of its disk",
    errno.EFBIG: "allow larger files (ulimit -f), or choose another disk",
    errno.EROFS: ELSEWHERE,
    errno.EACCES: ELSEWHERE,
    errno.EPERM: ELSEWHERE,
    errno.EMFILE: "allow more open files (ulimit -n 4096)",
    errno.ENFILE: "close other programs, or allow more open files on this machine (sysctl fs.file-max)",
    errno.ENOENT: REMOVED,
    errno.ENOTDIR: REMOVED,
    errno.ESTALE: REMOVED,
    errno.EIO: "its disk fails; choose another one",
    errno.ENOLCK: "its file system has no locks; choose another one",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ELOOP: "have its symbolic link lead to a file or a folder",
}
"""By the number of the error."""


def refusal(error: OSError) -> str | None:
    """What was refused, of which file, and what would help; None of an error that is none of the system's state."""
    remedy = REMEDIES.get(error.errno or 0)
    if remedy is None:
        return None
    about = f"cannot use {one_line(str(error.filename))}: " if error.filename is not None else ""
    return f"{about}{error.strerror}; {remedy}, then run the same command again"


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have errors of the system name the file at `path`, since those of writing and syncing name none."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise
