"""The verification of an archive: undamaged, consistent, and with tables that follow from its runs."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path, PurePosixPath
from typing import Any

from ganlab import __version__
from ganlab.errors import InputError
from ganlab.record.rows import evaluations, metrics_of
from ganlab.record.run_files import ROWS
from ganlab.record.summary import best_of
from ganlab.results.archive.contents import TABLES, checkpoint_name, derived, folder_of, record_of
from ganlab.results.archive.reading import BROKEN, CHECKSUM, Archive, environments_in, index_of, opened
from ganlab.results.archive.shape import INDEX, MANIFEST
from ganlab.results.citation import environments
from ganlab.results.runs import SHORT, Run, contradictions
from ganlab.zip_files import UNREADABLE, is_link_or_device

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
ROUNDING = 1e-9
"""Relative tolerance for numbers in tables, which another version of a library may round otherwise."""

ENCRYPTED = 0x1


@dataclass(frozen=True, kw_only=True)
class Check:
    """What was checked, and each fault found, in words."""

    what: str
    faults: tuple[str, ...]


def verify(path: Path) -> list[Check]:
    """The checks of the archive at `path`, up to the first that finds a fault: later ones build on it.

    Raises:
        InputError: it is not an archive.
    """
    steps: tuple[tuple[str, Callable[[Archive], Iterator[str]]], ...] = (
        ("every file has its checksum, and none is missing or added", _files),
        ("every run is what its id and its hashes say", _identities),
        ("results agree with the measurements", _results),
        ("tables, methods and citation follow from the runs", _follows),
    )
    checks: list[Check] = []
    with opened(path) as archive:
        for what, step in steps:
            checks.append(Check(what=what, faults=_faults(step(archive))))
            if checks[-1].faults:
                break
    return checks


def _faults(found: Iterator[str]) -> tuple[str, ...]:
    """The faults found, ending with what could not even be read."""
    faults: list[str] = []
    try:
        faults.extend(found)
    except InputError as error:
        faults.append(str(error))
    return tuple(faults)


def _files(archive: Archive) -> Iterator[str]:
    yield from (f"{name} is in the archive twice" for name in _repeated(archive.namelist()))
    wrong = [line for line in archive.manifest if not CHECKSUM.fullmatch(line)]
    yield from (f"{MANIFEST} has the line {line!r}, which is not a checksum and a name" for line in wrong)
    listed = archive.checksums
    for name in dict.fromkeys([*listed, *archive.namelist()]):
        if not _is_safe(name):
            yield f"the name {name!r} points outside the archive"
        elif name in archive.names and is_link_or_device(archive.getinfo(name)):
            yield f"{name} is a link or a device, and no file"
        elif name not in archive.names:
            yield f"{name} is missing"
        elif name not in listed and name != MANIFEST:
            yield f"{name} is not listed in {MANIFEST}"
        elif name != MANIFEST and (fault := _checksum_fault(archive, name, listed[name])):
            yield fault


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and str(path) == name and ".." not in path.parts and "\\" not in name


def _checksum_fault(archive: Archive, name: str, expected: str) -> str | None:
    if archive.getinfo(name).flag_bits & ENCRYPTED:
        return f"{name} is encrypted"
    try:
        with archive.open(name) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    except (*BROKEN, *UNREADABLE) as error:
        return f"{name} cannot be read ({error})"
    return None if found == expected else f"{name} has the checksum {found[:12]}..., and {expected[:12]}... is listed"


def _identities(archive: Archive) -> Iterator[str]:
    listed = index_of(archive).runs
    yield from (f"{INDEX} lists the run {name} twice" for name in _repeated(listed))
    for name, run in zip(listed, archive.runs, strict=True):
        where = f"runs/{name}"
        if name != folder_of(run):
            yield f"{where}/spec.json is of the run {folder_of(run)}"
        if run.id != run.spec.id:
            yield f"{where}/spec.json makes the run {run.spec.id}, not {run.id}"
        if not run.done:
            continue
        yield from (f"{where}/{fault}" for fault in contradictions(run))
        if archive.checksums.get(f"{where}/{ROWS}") != run.result.metrics_sha256:
            yield f"{where}/metrics.jsonl does not hold the rows that the run ended with"
        if checkpoint_name(run) in archive.names:
            yield from _checkpoint_faults(archive, run)
        if environments(run)[-1:] != [run.result.environment]:
            yield f"{where}/summary.json has an environment that is not the last of its environments"
        if environments_in(archive, name) != run.result.environments:
            yield f"{where}/environments.json has environments that summary.json does not have"


def _checkpoint_faults(archive: Archive, run: Run) -> Iterator[str]:
    """Where the checkpoint of a run that is done is not the one that it ended with."""
    from ganlab.checkpoint_file import fingerprint, read_checkpoint

    name = checkpoint_name(run)
    try:
        found = read_checkpoint(io.BytesIO(archive.read(name)), name, run.spec.sha256)
    except InputError as error:
        yield str(error)
        return
    if fingerprint(found.state) != run.result.state_sha256:
        yield f"{name} does not hold the state that summary.json tells of"


def _results(archive: Archive) -> Iterator[str]:
    for run in archive.runs:
        if run.done:
            place = f"runs/{folder_of(run)}/summary.json"
            rows = run.origin.evaluations() if run.finished else run.origin.rows()
            yield from (f"{place}: {fault}" for fault in _result_faults(run, rows))


def _result_faults(run: Run, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Where the summary differs from what `rows` make it; the last row of a run that is finished is an evaluation."""
    evaluated = evaluations(rows)
    result = run.result
    if run.diverged != (result.diverged_at is not None):
        yield f"the status is {result.status}, and diverged_at {result.diverged_at}"
    if run.finished and result.global_step != run.spec.steps:
        yield f"the run is finished at iteration {result.global_step} of {run.spec.steps}"
    if run.finished and (not evaluated or evaluated[-1]["global_step"] != result.global_step):
        yield f"there is no evaluation at iteration {result.global_step}"
    final = metrics_of(evaluated[-1]) if run.finished and evaluated else {}
    yield from _differences("final", result.final, final)
    if run.finished and final.keys() != run.protocol.metrics.keys():
        yield "the protocol is of other metrics than were measured"
    found, expected = (
        {name: asdict(one) for name, one in best.items()}
        for best in (result.best, best_of(evaluated, run.protocol.metrics))
    )
    yield from _differences("best", found, expected)
    for name in ("train_seconds", "evaluation_seconds"):
        recorded = getattr(result.cost, name)
        if not rows or rows[-1].get(name) != recorded:
            yield f"{name} is {recorded}, and {rows[-1].get(name) if rows else None} in the last row"


def _differences(what: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys([*found, *expected]):
        if found.get(name) != expected.get(name):
            yield f"{what} {name} is {found.get(name)}, and {expected.get(name)} by metrics.jsonl"


def _follows(archive: Archive) -> Iterator[str]:
    index = index_of(archive)
    expected = derived(archive.runs, index)
    records = [name for run in archive.runs for name in record_of(run)]
    allowed = {MANIFEST, *map(checkpoint_name, archive.runs), *expected, *records}
    yield from (f"{name} does not belong to the runs" for name in archive.namelist() if name not in allowed)
    by = "" if index.ganlab == __version__ else f" (it was made by ganlab {index.ganlab}, and this is {__version__})"
    for name, content in expected.items():
        if name not in archive.names:
            yield f"{name} is missing"
        elif not _agree(name, found := archive.read(name), content):
            yield f"{name} is not what follows from the runs: {_first_difference(found, content)}{by}"


def _agree(name: str, found: bytes, expected: bytes) -> bool:
    """Whether two files are equal; numbers in tables may differ by rounding."""
    if found == expected or name not in TABLES:
        return found == expected
    one, other = found.decode(errors="replace"), expected.decode()
    if NUMBER.sub("0", one) != NUMBER.sub("0", other):
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(
        first == second or math.isclose(float(first), float(second), rel_tol=ROUNDING) for first, second in pairs
    )


def _first_difference(found: bytes, expected: bytes) -> str:
    lines = [text.decode(errors="replace").splitlines() for text in (found, expected)]
    pairs = enumerate(zip_longest(*lines, fillvalue="no line"), start=1)
    number, pair = next(((number, pair) for number, pair in pairs if pair[0] != pair[1]), (0, ("", "")))
    one, other = (SHORT.repr(line) for line in pair)
    return f"line {number} is {one}, and would be {other}"
