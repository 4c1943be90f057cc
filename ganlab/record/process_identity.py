"""Which process of which machine wrote something, so that others on the same machine can tell that it is gone."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

PROC = Path("/proc")


def own_identity() -> str | None:
    """This process among all that a shared file system may have heard of; None where the system has no ``/proc``."""
    system, started = _system(), _started(os.getpid())
    return f"{system}/{os.getpid()}/{started}" if system and started else None


def is_of_this_system(identity: Any) -> bool:
    """Whether that process was started on this machine since it was booted, and in the same container."""
    return _here(identity) is not None


def is_gone(identity: Any) -> bool:
    """Whether that process is known to have ended; False of those of other machines, of which nothing is known."""
    here = _here(identity)
    if here is None:
        return False
    pid, started = here
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(pid) not in (started, None)


def _here(identity: Any) -> tuple[int, str] | None:
    """The process id and the start of a process of this system; None of others, and of what is no identity."""
    match identity.rsplit("/", 2) if isinstance(identity, str) else ():
        case [system, pid, started] if system == _system() and re.fullmatch(r"[1-9][0-9]{0,8}", pid):
            return int(pid), started
    return None


@cache
def _system() -> str | None:
    """The present boot of this machine, and the container in which process ids count."""
    if sys.platform != "linux":
        return None
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text("utf-8").strip()
        return f"{boot}/{os.readlink(PROC / 'self/ns/pid')}"  # noqa: PTH115 - no path, but a name
    except OSError:
        return None


def _started(pid: int) -> str | None:
    """When a process was started, in ticks since the boot; "ended" of one whose parent has not asked for it yet."""
    try:
        _, _, rest = (PROC / str(pid) / "stat").read_text("utf-8").rpartition(")")
    except OSError:
        return None
    fields = rest.split()
    return "ended" if fields[0] in "ZX" else fields[19]
