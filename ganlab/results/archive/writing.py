"""Archives written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from ganlab import __version__
from ganlab.errors import InputError
from ganlab.record.refusals import naming
from ganlab.record.run_files import CHECKPOINT
from ganlab.results.archive.contents import Content, checkpoint_name, derived, folder_of, record_of
from ganlab.results.archive.shape import MANIFEST, PLAIN_NAME, Index
from ganlab.results.runs import Run

BEGINNING_OF_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
CHUNK = 1 << 20
COMPRESSION = 3
"""Of zlib: 1.7 times as fast as its default of 6, for records that are 9% larger."""

Contents = dict[str, Content | Path]
"""What is in an archive, by name: what makes the content, or the file that has it."""


def write_archive(path: Path, runs: Sequence[Run], columns: Sequence[str] | None, checkpoints: bool = False) -> int:
    """Write the archive of `runs` to `path`, whole or not at all; equal runs give equal bytes.

    Args:
        path: of the zip file.
        columns: of the table, as `build` takes them.
        checkpoints: whether the checkpoints go in.

    Returns:
        How many files it holds.

    Raises:
        InputError: the table cannot be made, or a checkpoint is not there.
        OSError: `path` cannot be written. What was there before is untouched.
    """
    contents = _contents(runs, columns, checkpoints)
    temporary = path.with_name(f".{path.name}.tmp")
    with naming(path):
        try:
            with ZipFile(temporary, "w", ZIP_DEFLATED) as archive:
                lines = [f"{_add(archive, name, contents[name])}  {name}\n" for name in sorted(contents)]
                _add(archive, MANIFEST, lambda: "".join(lines).encode())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    return len(contents) + 1


def _contents(runs: Sequence[Run], columns: Sequence[str] | None, checkpoints: bool) -> Contents:
    for run in runs:
        for name in (run.sweep, run.id):
            if not PLAIN_NAME.fullmatch(name):
                raise InputError(f"'{name}' cannot be the name of a folder in an archive; rename the run or its sweep")
    folders = [folder_of(run) for run in runs]
    index = Index(ganlab=__version__, columns=tuple(columns) if columns else None, runs=tuple(folders))
    contents: Contents = {name: partial(bytes, content) for name, content in derived(runs, index).items()}
    for run in runs:
        contents |= record_of(run)
    if checkpoints:
        contents |= {checkpoint_name(run): _checkpoint(run) for run in runs}
    return contents


def _checkpoint(run: Run) -> Path:
    path = run.origin.folder / CHECKPOINT if run.origin.folder else None
    if path is None or not path.exists():
        raise InputError(f"run {run.id} has no checkpoint here; leave --checkpoints out, or name the sweep's folder")
    return path


def _add(archive: ZipFile, name: str, content: Content | Path) -> str:
    """Add a file; gives its checksum."""
    entry = ZipInfo(name, BEGINNING_OF_ZIP_TIME)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    if not isinstance(content, Path):
        entry.compress_type = ZIP_DEFLATED
        data = content()
        archive.writestr(entry, data, compresslevel=COMPRESSION)
        return hashlib.sha256(data).hexdigest()
    entry.compress_type = ZIP_STORED
    entry.file_size = content.stat().st_size
    digest = hashlib.sha256()
    with content.open("rb") as source, archive.open(entry, "w") as target:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()
