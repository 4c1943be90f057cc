"""Run directories that are trained where no file system has them: originals, and copies whose changes are sent back.

A file travels in pieces of `PIECE` bytes, of which one is on its way at a time, so that neither side needs memory for
more. It comes into its place whole: its pieces are gathered in a temporary file, which is read back, compared with the
checksum of what was sent, and renamed. Of a run, the files arrive in the order in which training writes them: a row
comes after its samples, a checkpoint after the rows that it covers, the summary last.
"""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from ganlab.record.files import to_json
from ganlab.record.lease import HeldError, Lease, hold
from ganlab.record.refusals import naming
from ganlab.record.run_directory import RunDirectory
from ganlab.record.run_files import (
    CHECKPOINT,
    DAMAGED_CHECKPOINT,
    NEXT_CHECKPOINT,
    PREVIOUS_CHECKPOINT,
    PROGRESS,
    ROWS,
    SAMPLES,
    SUMMARY,
)
from ganlab.record.stop import ask_to_end, is_asked_to_end

PIECE = 4 * 2**20
PATIENCE = 1.0
"""Seconds to wait for a run that another process may hold."""
SECONDS_BETWEEN_SENDINGS = 5.0

LAST = (SUMMARY, CHECKPOINT, ROWS)
"""What is opened first and sent last, in this order: each covers those after it."""


@dataclass
class _Held:
    """Runs whose copies somebody trains, and what lets go of them."""

    leases: Mapping[Path, Lease]
    stack: ExitStack


class Originals:
    """The side that has the run directories: it holds their leases on behalf of whoever trains copies of them.

    Its methods may be called from several threads. All but `begin` and `release` take what `begin` gave, and raise
    `HeldError` where the runs have been given to somebody else since, or their lease was lost: a process that was taken
    for dead cannot write any more.
    """

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}
        self._lock = threading.Lock()

    def begin(self, runs: Sequence[Path], about: Mapping[str, Any]) -> tuple[str, dict[Path, dict[str, int]]]:
        """Hold `runs` for somebody who trains copies of them, in the place of whoever did before.

        Args:
            runs: their directories.
            about: what others should know of the trainer, such as its host and pid.

        Returns:
            The name to call other methods with, and the files of each run with their bytes.

        Raises:
            HeldError: another process holds one of them.
        """
        self.release(runs)
        with ExitStack() as stack:
            leases = stack.enter_context(hold(runs, about={"job": runs[0].name, **about}, patience=PATIENCE))
            files = {}
            for run in runs:
                for left in (*run.glob(".*.tmp"), *run.glob(f"{SAMPLES}/.*.tmp")):
                    left.unlink(missing_ok=True)
                files[run] = {name: (run / name).stat().st_size for name in files_of(run)}
            token = uuid.uuid4().hex
            with self._lock:
                self._held[token] = _Held(dict(zip(runs, leases, strict=True)), stack.pop_all())
        return token, files

    def read(self, token: str, run: Path, name: str, offset: int) -> bytes:
        """The piece of a file from `offset` on; empty at its end."""
        self._lease(token, run)
        with _within(run, name).open("rb") as file:
            file.seek(offset)
            return file.read(PIECE)

    def write(self, token: str, run: Path, name: str, offset: int, piece: bytes, sha256: str = "") -> None:
        """Take the piece of a file from `offset` on. The last one comes with the checksum of all, and completes it.

        Raises:
            OSError: it cannot be written, or is not what was sent.
        """
        lease = self._lease(token, run)
        path = _within(run, name)
        path.parent.mkdir(exist_ok=True)
        temporary = path.with_name(f".{path.name}.{token}.tmp")
        with naming(path), temporary.open("r+b" if offset else "wb") as file:
            file.seek(offset)
            file.write(piece)
            file.flush()
            if sha256:
                os.fsync(file.fileno())
        if sha256:
            with temporary.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    temporary.unlink()
                    raise OSError(f"what is read of {path} is not what was sent")
            lease.require()
            self._put_in_place(RunDirectory(run), temporary, path)

    def remove(self, token: str, run: Path, name: str) -> None:
        """Remove a file that the copy has no longer."""
        self._lease(token, run).require()
        _within(run, name).unlink(missing_ok=True)

    def is_asked_to_end(self, token: str, run: Path) -> bool:
        """Whether the sweep is to end."""
        self._lease(token, run)
        return is_asked_to_end(run.parent)

    def release(self, runs: Sequence[Path]) -> None:
        """Let go of `runs`; of those that are not held, nothing is done."""
        with self._lock:
            over = [token for token, held in self._held.items() if held.leases.keys() & {*runs}]
            ended = [self._held.pop(token) for token in over]
        for held in ended:
            held.stack.close()

    def _lease(self, token: str, run: Path) -> Lease:
        with self._lock:
            held = self._held.get(token)
        if held is None:
            raise HeldError(f"{run} was given to another process, because this one was taken for dead")
        return held.leases[run]

    @staticmethod
    def _put_in_place(run: RunDirectory, temporary: Path, path: Path) -> None:
        """Rename the file, with what training does beside: of two checkpoints, the one before is kept until the end."""
        if path == run.checkpoint_path and path.exists():
            path.replace(run.previous_checkpoint_path)
        temporary.replace(path)
        if path.name == DAMAGED_CHECKPOINT:
            run.checkpoint_path.unlink(missing_ok=True)
        elif path.name == SUMMARY:
            run.previous_checkpoint_path.unlink(missing_ok=True)


Call = Callable[..., Any]
"""Calls a method of the `Originals`, wherever they are: its name, then its arguments."""


class Copies:
    """The side that trains: copies of run directories in a folder of its own.

    Args:
        folder: of the copies' sweep, which is made.
        originals: the run directories at the other side.
        call: how to reach it.
        about: what others should know of the trainer.

    Raises:
        HeldError: another process holds one of them.

    Attributes:
        runs: the copies, in the order of the originals.
    """

    def __init__(self, folder: Path, originals: Sequence[Path], call: Call, about: Mapping[str, Any]) -> None:
        self._originals = dict(zip((folder / run.name for run in originals), originals, strict=True))
        self._call = call
        self._folder = folder
        self._sweep = originals[0].parent
        self._sent: dict[Path, dict[str, _Signature]] = {}
        self.runs = tuple(self._originals)
        self._token, files = call("begin", list(originals), about)
        for run, original in self._originals.items():
            (run / SAMPLES).mkdir(parents=True)
            for name, size in files[original].items():
                self._fetch(run, name, size)
            self._sent[run] = {name: _signature((run / name).stat()) for name in files[original]}

    def send(self) -> None:
        """Send what has changed since the last time, and learn whether the sweep is to end.

        Raises:
            HeldError: the originals were given to another process.
        """
        for run in self.runs:
            self._send_run(run)
        if self._call("is_asked_to_end", self._token, self._originals[self.runs[0]]):
            ask_to_end(self._folder)

    @contextmanager
    def sent_regularly(self) -> Iterator[Callable[[], None]]:
        """Have changes sent every few seconds within the block, beside what it does.

        It gives a function that raises what went wrong, which is raised after the block at the latest.
        """
        over, faults = threading.Event(), list[Exception]()

        def keep_sending() -> None:
            try:
                while not over.wait(SECONDS_BETWEEN_SENDINGS):
                    self.send()
            except Exception as fault:  # raised where the copies are trained
                faults.append(fault)

        def check() -> None:
            if faults:
                raise faults[0]

        thread = threading.Thread(target=keep_sending, daemon=True)
        thread.start()
        try:
            yield check
        finally:
            over.set()
            thread.join()
        check()

    def in_words_of_originals(self, text: str) -> str:
        """`text` about a copy, as one about its original."""
        return text.replace(str(self._folder), str(self._sweep))

    def _fetch(self, run: Path, name: str, size: int) -> None:
        with (run / name).open("wb") as file:
            while file.tell() < size:
                piece = self._call("read", self._token, self._originals[run], name, file.tell())
                if not piece:
                    raise OSError(f"{self._originals[run] / name} became shorter while it was sent")
                file.write(piece)

    def _send_run(self, run: Path) -> None:
        sent = self._sent[run]
        with ExitStack() as stack:
            last: dict[str, tuple[BinaryIO, _Signature]] = {}
            for name in LAST:
                with suppress(FileNotFoundError):
                    file: BinaryIO = stack.enter_context((run / name).open("rb"))
                    signature = _signature(os.fstat(file.fileno()))  # before it is read, or a change might be missed
                    last[name] = (_whole_lines(file) if name == ROWS else file, signature)
            there = set(files_of(run)) - {PREVIOUS_CHECKPOINT}
            for name in sorted(there - {*LAST}):
                self._send_one(run, name)
            for name, (file, signature) in reversed(last.items()):
                if sent.get(name) != signature:
                    self._send_file(run, name, file)
                    sent[name] = signature
        checkpoints = {CHECKPOINT, PREVIOUS_CHECKPOINT}  # which are absent while they are replaced
        for name in sent.keys() - there - checkpoints:
            self._call("remove", self._token, self._originals[run], name)
            del sent[name]

    def _send_one(self, run: Path, name: str) -> None:
        """Send a file that none of the others covers, if it has changed and was not removed meanwhile."""
        with suppress(FileNotFoundError), (run / name).open("rb") as file:
            signature = _signature(os.fstat(file.fileno()))
            if self._sent[run].get(name) != signature:
                self._send_file(run, name, self._about_original(file) if name == PROGRESS else file)
                self._sent[run][name] = signature

    def _about_original(self, progress: BinaryIO) -> BinaryIO:
        """A file of progress, in whose texts folders are named."""
        here, there = (to_json(str(place))[1:-1].encode() for place in (self._folder, self._sweep))
        return BytesIO(progress.read().replace(here, there))

    def _send_file(self, run: Path, name: str, file: BinaryIO) -> None:
        """All of `file`, whose last piece may be empty."""
        checksum, offset = hashlib.sha256(), 0
        while True:
            piece = file.read(PIECE)
            checksum.update(piece)
            is_last = len(piece) < PIECE
            digest = checksum.hexdigest() if is_last else ""
            self._call("write", self._token, self._originals[run], name, offset, piece, digest)
            offset += len(piece)
            if is_last:
                return


_Signature = tuple[int, int, int]


def _signature(stat: os.stat_result) -> _Signature:
    """What differs where a file was written since."""
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def files_of(run: Path) -> list[str]:
    """The files of a run directory that make its record, relative to it."""
    found = [path for path in (*run.iterdir(), *run.glob(f"{SAMPLES}/*")) if path.is_file()]
    record = [path for path in found if not path.name.startswith(".") and path.suffix != ".lease"]
    return sorted(path.relative_to(run).as_posix() for path in record if path.name != NEXT_CHECKPOINT)


def _whole_lines(file: BinaryIO) -> BinaryIO:
    """The rows that are there now, without one that is being written."""
    content = file.read()
    return BytesIO(content[: content.rfind(b"\n") + 1])


def _within(run: Path, name: str) -> Path:
    """The file called `name` in the directory `run` or in its samples.

    Raises:
        ValueError: it would be elsewhere.
    """
    parts = PurePosixPath(name).parts
    if parts[:-1] not in ((), (SAMPLES,)) or parts[-1] in ("..", "."):
        raise ValueError(f"{name} is no file of a run directory")
    return run.joinpath(*parts)
