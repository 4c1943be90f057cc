"""Leases: who works on a folder, such that no two do, on file systems that many machines share.

A lease is a file in the folder, with a name that nobody else gives. Whoever wants the folder looks for others' leases,
creates its own, and looks again: of two that look at the same time, one sees the other, and gives way. This takes no
more of a file system than that a file once created is seen by all who list the folder later, as NFS has it. A lease is
rewritten now and then. One that stays as it is for `SECONDS` on the clock of whoever watches it is expired, and is
removed; clocks are never compared. Of processes on the watcher's own machine it is known at once that they are gone.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ganlab.errors import InputError
from ganlab.record.process_identity import is_gone, is_of_this_system, own_identity
from ganlab.record.refusals import naming

SECONDS = 60.0
SECONDS_BETWEEN_SIGNS = 15.0
SECONDS_OF_GRACE = 1.0
"""That a holder which was suspended waits after a sign of life: who is about to remove its lease has done so then."""
SECONDS_TO_SAY_WHOSE = 5.0
"""After which a lease that does not say whose it is, is that of a process which died as it made it."""
SECONDS_TO_SETTLE = 0.5
"""After which a lease is none of somebody who looks again and gives way."""

KIND = "lease"
"""The ending of the files of leases of runs."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whose lease it is.

    Attributes:
        settled: whether it is sure to be held: it was seen to be renewed, or its process runs on this machine.
        about: what the holder says of itself.
    """

    host: str
    pid: int
    settled: bool
    about: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


class HeldError(InputError):
    """Somebody else holds a folder.

    Attributes:
        holder: who does; None where it is not known.
    """

    def __init__(self, text: str, holder: Holder | None = None) -> None:
        super().__init__(text)
        self.holder = holder


class Lease:
    """A folder's lease, taken by `take`.

    Args:
        path: its file, which is made.
        about: what others should know of the holder.
    """

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self._path = path
        self._about = about
        self._whose = {"host": socket.gethostname(), "pid": os.getpid(), "process": own_identity()}
        self._signs = 0
        self._renewed = self._trusted_from = _seconds_since_boot()
        with naming(path):
            path.touch(exist_ok=False)
        try:
            self.renew()
        except OSError:
            self.release()
            raise
        _held.add(self)

    def renew(self) -> None:
        """Give a sign of life.

        Raises:
            FileNotFoundError: the lease was removed.
            OSError: it cannot be written.
        """
        now = _seconds_since_boot()
        self._signs += 1
        content = {**self._whose, "sign": f"{self._signs:012}", **self._about}
        with naming(self._path), self._path.open("r+b", buffering=0) as file:  # which does not make it anew
            file.write(json.dumps(content).encode())
            file.truncate()  # what is left of a longer one; first, and whoever looks would find it empty
        if now - self._renewed > SECONDS / 2:
            self._trusted_from = _seconds_since_boot() + SECONDS_OF_GRACE
        self._renewed = now

    def require(self) -> None:
        """Check that the folder is still held, before something is written there.

        Raises:
            HeldError: it is not: this process gave no sign of life for so long that others may have taken the folder.
        """
        with suppress(OSError):
            if _seconds_since_boot() - self._renewed > SECONDS / 2:
                self.renew()
        time.sleep(max(0.0, self._trusted_from - _seconds_since_boot()))
        if not self._path.exists() and self._path.parent.exists():
            raise HeldError(
                f"{self._path.parent} may have been taken by another process, because this one gave no sign of life "
                f"for {SECONDS:g} s or its lease was removed; run the same command again"
            )

    def release(self) -> None:
        """Let others take the folder."""
        _held.discard(self)
        with suppress(OSError):
            self._path.unlink()


_held: set[Lease] = set()


def release_all() -> None:
    """Release every lease of this process, which is about to end at once."""
    for lease in tuple(_held):
        lease.release()


class Watcher:
    """Tells which leases are in force, and removes those that have expired while it watched them."""

    def __init__(self) -> None:
        self._seen: dict[Path, _Seen] = {}

    def holders(self, folder: Path, kind: str = KIND, besides: str = "") -> list[Holder]:
        """Whose leases on `folder` are in force, but for that called `besides`."""
        try:
            with os.scandir(folder) as entries:
                names = sorted(entry.name for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return []
        paths = [folder / name for name in names if name.endswith(f".{kind}") and name != f"{besides}.{kind}"]
        return [holder for path in paths if (holder := self._look_at(path))]

    def _look_at(self, path: Path) -> Holder | None:
        """Whose lease that is; None of one that is gone or expired."""
        try:
            content = path.read_bytes()
        except OSError:
            self._seen.pop(path, None)
            return None
        now = time.monotonic()
        seen = self._seen.get(path)
        if seen is None:
            seen = self._seen[path] = _Seen(content, now, now)
        elif seen.content != content:
            seen.content, seen.since, seen.renewed = content, now, True
        said = _said(content)
        if is_gone(said.get("process")) or now - seen.since > (SECONDS if said else SECONDS_TO_SAY_WHOSE):
            with suppress(OSError):
                path.unlink()
            self._seen.pop(path, None)
            return None
        here = is_of_this_system(said.get("process")) and now - seen.first > SECONDS_TO_SETTLE
        host, pid = str(said.pop("host", "an unknown machine")), said.pop("pid", 0)
        return Holder(host=host, pid=pid, settled=seen.renewed or here, about=said)


@dataclass
class _Seen:
    content: bytes
    since: float
    first: float
    renewed: bool = False


Beside = Callable[[Holder], bool]
"""Whether somebody's lease does not stand against another one."""


def take(
    folder: Path,
    kind: str = KIND,
    about: Mapping[str, Any] | None = None,
    watcher: Watcher | None = None,
    beside: Beside = lambda holder: False,
) -> Lease:
    """The lease of `folder`, which must be there.

    Args:
        folder: what is to be held.
        kind: the ending of the lease's file; leases of other kinds do not matter.
        about: what others should know of the holder.
        watcher: who has watched the folder so far; a new one knows nothing of other machines' leases.
        beside: of others' leases, those beside which this one may be.

    Raises:
        HeldError: somebody else has it, or wants it at the same moment.
        OSError: it cannot be written.
    """
    watcher = watcher or Watcher()
    _refuse(folder, watcher.holders(folder, kind), beside)
    token = uuid.uuid4().hex
    try:
        lease = Lease(folder / f"{token}.{kind}", about or {})
    except FileNotFoundError:
        if not folder.exists():
            raise
        raise HeldError(
            f"the lease of {folder} was removed by another process, since it took so long to make"
        ) from None
    try:
        _refuse(folder, watcher.holders(folder, kind, besides=token), beside)
    except BaseException:
        lease.release()
        raise
    return lease


def wait_for(
    folder: Path,
    kind: str = KIND,
    about: Mapping[str, Any] | None = None,
    patience: float = SECONDS,
    beside: Beside = lambda holder: False,
) -> Lease:
    """The lease of `folder`, as soon as it is free or expired; see `take`.

    Raises:
        HeldError: its holder is alive, or not known to be dead after `patience` seconds.
        OSError: it cannot be written.
    """
    watcher = Watcher()
    end = time.monotonic() + patience + SECONDS_TO_SETTLE
    while True:
        try:
            return take(folder, kind, about, watcher, beside)
        except HeldError as held:
            if (held.holder and held.holder.settled) or time.monotonic() > end:
                raise
        time.sleep(random.uniform(0.02, 0.2))


@contextmanager
def hold(
    folders: Sequence[Path],
    kind: str = KIND,
    about: Mapping[str, Any] | None = None,
    patience: float = SECONDS,
    beside: Beside = lambda holder: False,
) -> Iterator[list[Lease]]:
    """Hold all `folders` within the block, and renew their leases meanwhile; see `wait_for`.

    Raises:
        HeldError: one of them is held; none is then.
        OSError: a lease cannot be written.
    """
    with ExitStack() as stack:
        leases = {}
        for folder in sorted(folders):  # in one order, so that of two that want some of the same, one gets them
            leases[folder] = wait_for(folder, kind, about, patience, beside)
            stack.callback(leases[folder].release)
        over = threading.Event()
        keeper = threading.Thread(target=_keep, args=(list(leases.values()), over), daemon=True)
        keeper.start()
        stack.callback(keeper.join)
        stack.callback(over.set)
        yield [leases[folder] for folder in folders]


def _keep(leases: Sequence[Lease], over: threading.Event) -> None:
    while not over.wait(SECONDS_BETWEEN_SIGNS):
        for lease in leases:
            with suppress(OSError):  # `Lease.require` tells, before anything is written
                lease.renew()


def _refuse(folder: Path, holders: Sequence[Holder], beside: Beside) -> None:
    for holder in holders:
        if not beside(holder):
            raise HeldError(f"{folder} is held by {holder}, which works on it; wait for it, or stop it", holder)


def _said(content: bytes) -> dict[str, Any]:
    try:
        said = json.loads(content)
    except ValueError:  # read while it was written
        return {}
    return said if isinstance(said, dict) else {}


def _seconds_since_boot() -> float:
    """With those in which the machine was suspended, where the system counts them."""
    if sys.platform == "win32":
        return time.monotonic()
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
