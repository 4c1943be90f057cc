"""How often the kernel has killed a process of this one's control group, because the group's memory was used up.

Batch systems and containers limit memory by control groups, and a process that goes beyond is killed without a word.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

ROOT = Path("/")


def kills_for_memory() -> int:
    """The number so far; 0 where the system does not count."""
    files = [file for place in _groups() for file in (place / "memory.events", place / "memory.oom_control")]
    return max((_count(file) for file in files), default=0)


def _groups() -> list[Path]:
    """Where the memory of this process's control group may be described, of either version of control groups.

    In a container, the group may be mounted as the root.
    """
    mounts = (ROOT / "sys/fs/cgroup", ROOT / "sys/fs/cgroup/memory")
    try:
        lines = (ROOT / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    parts = [line.split(":", 2) for line in lines]
    names = {path.lstrip("/") for _, controllers, path in parts if controllers in ("", "memory")}
    return [mount / name for mount in mounts for name in (*names, "")]


def _count(file: Path) -> int:
    with suppress(OSError):
        for line in file.read_text(encoding="utf-8").splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return 0
