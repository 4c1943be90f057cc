"""Runs read from an archive."""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.record import SpecFile, Summary
from ganlab.record.json_text import parse_object, require_size
from ganlab.record.rows import EVALUATION, parse_rows
from ganlab.record.run_files import ENVIRONMENTS, ROWS, SPEC, SUMMARY
from ganlab.record.search import SearchFile
from ganlab.record.summary import EnvironmentFrom, Environments
from ganlab.results.archive.shape import INDEX, MANIFEST, PLAIN_NAME, REMEDY, Index, search_name
from ganlab.results.chosen import require_own_search
from ganlab.results.runs import Run
from ganlab.zip_files import UNREADABLE, require_plausible

BROKEN = (BadZipFile, EOFError)
"""What reading a damaged archive raises."""

CHECKSUM = re.compile(r"([0-9a-f]{64})  (.+)")
"""A line of the manifest."""


class Archive(ZipFile):
    """A zip file with a manifest.

    Raises:
        BadZipFile: here or later, it is damaged.
    """

    def __init__(self, path: Path) -> None:
        with _bad_zip_file():
            super().__init__(path)

    def read(self, name: str | ZipInfo, pwd: bytes | None = None) -> bytes:
        with _bad_zip_file():
            return super().read(name, pwd)

    @cached_property
    def manifest(self) -> list[str]:
        """The lines of the manifest."""
        return self.read(MANIFEST).decode(errors="replace").splitlines()

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of all files."""
        return frozenset(self.namelist())

    @cached_property
    def runs(self) -> list[Run]:
        """The runs in the order of the table."""
        return [_run(self, name) for name in index_of(self).runs]

    @cached_property
    def searches(self) -> dict[str, SearchFile]:
        """How the settings of rows were chosen, by the name of their sweep, where they were searched."""
        sweeps = dict.fromkeys(name.partition("/")[0] for name in index_of(self).runs)
        return {
            sweep: parse(SearchFile, _json(self, name), name)
            for sweep in sweeps
            if (name := search_name(sweep)) in self.names
        }

    @cached_property
    def checksums(self) -> dict[str, str]:
        """The SHA-256 of each file that the manifest lists, by its name."""
        return {match[2]: match[1] for line in self.manifest if (match := CHECKSUM.fullmatch(line))}


@contextmanager
def _bad_zip_file() -> Iterator[None]:
    """Have all that zipfile raises of damaged bytes be its error for that."""
    try:
        yield
    except (*UNREADABLE, struct.error) as error:
        raise BadZipFile(str(error)) from error


@dataclass(frozen=True)
class Archived:
    """A run in an archive as the origin of a run; `name` is its folder there."""

    archive: Archive
    name: str

    @property
    def folder(self) -> None:
        """Nothing is unpacked."""
        return

    def rows(self) -> list[dict[str, Any]]:
        """The rows of ``metrics.jsonl``, ascending in ``global_step``."""
        return self._rows()

    def evaluations(self) -> list[dict[str, Any]]:
        """Those of its rows that hold an evaluation."""
        return self._rows(holding=EVALUATION)

    def file(self, name: str) -> bytes:
        """The content of a file of its folder."""
        with _faults_named(Path(str(self.archive.filename))):
            return _read(self.archive, f"runs/{self.name}/{name}")

    def _rows(self, holding: str = "") -> list[dict[str, Any]]:
        with _faults_named(Path(str(self.archive.filename))):
            return rows_in(self.archive, self.name, holding)


def archived_runs(path: Path) -> list[Run]:
    """The runs in the archive at `path`, in the order of its table; it stays open as long as one of them is there.

    Raises:
        InputError: it is no archive, or something in it cannot be read.
    """
    with _faults_named(path):
        return _open(path).runs


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """The archive at `path`, to be read.

    Raises:
        InputError: it is not a whole zip file, now or while it is read, or not one of ours.
    """
    with _faults_named(path), _open(path) as archive:
        yield archive


def _open(path: Path) -> Archive:
    archive = Archive(path)
    require_plausible(archive, str(path))
    for name in (MANIFEST, INDEX):
        if name not in archive.names:
            raise InputError(f"{path} holds no {name}, so it is not an archive; {REMEDY}")
    return archive


@contextmanager
def _faults_named(path: Path) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, IsADirectoryError):
        raise InputError(f"there is no file {path}; {REMEDY}") from None
    except BROKEN as error:
        raise InputError(f"{path} is not a whole zip file ({error}); {REMEDY}") from None


def index_of(archive: Archive) -> Index:
    """What the archive says of itself.

    Raises:
        InputError: it says something else.
    """
    index = parse(Index, _json(archive, INDEX), INDEX)
    for name in index.runs:
        sweep, _, run = name.partition("/")
        if not (PLAIN_NAME.fullmatch(sweep) and PLAIN_NAME.fullmatch(run)):
            raise InputError(f"{INDEX} lists '{name}', which is not SWEEP/RUN_ID; {REMEDY}")
    return index


def rows_in(archive: Archive, name: str, holding: str = "") -> list[dict[str, Any]]:
    """The rows of the run `name`, all or those with a key that begins with `holding`."""
    file = f"runs/{name}/{ROWS}"
    return parse_rows(_read(archive, file).splitlines(), file, holding=holding)


def environments_in(archive: Archive, name: str) -> Sequence[EnvironmentFrom]:
    """The environments of the run `name`."""
    file = f"runs/{name}/{ENVIRONMENTS}"
    return parse(Environments, _json(archive, file), file).environments


def _run(archive: Archive, name: str) -> Run:
    files = {file: f"runs/{name}/{file}" for file in (SPEC, SUMMARY)}
    spec_file = SpecFile.read(_json(archive, files[SPEC]), files[SPEC])
    summary = None
    if files[SUMMARY] in archive.names:
        summary = Summary.read(_json(archive, files[SUMMARY]), files[SUMMARY])
    sweep = name.partition("/")[0]
    search = archive.searches.get(sweep)
    run = Run(
        spec_file=spec_file,
        summary=summary,
        origin=Archived(archive, name),
        search=search.of_run(spec_file.id) if search else None,
    )
    require_own_search(run, search_name(sweep))
    return run


def _json(archive: Archive, name: str) -> dict[str, Any]:
    if name in archive.names:
        require_size(archive.getinfo(name).file_size, name, REMEDY)
    return parse_object(_read(archive, name), name, REMEDY)


def _read(archive: Archive, name: str) -> bytes:
    if name not in archive.names:
        raise InputError(f"there is no {name} in the archive; {REMEDY}")
    content = archive.read(name)
    if hashlib.sha256(content).hexdigest() != archive.checksums.get(name):
        raise InputError(f"{name} is not as the archive's {MANIFEST} lists it; {REMEDY}")
    return content
