"""Which files in a folder are images, and which are left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from ganlab.errors import InputError
from ganlab.text import counted, one_line

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")
OTHER_IMAGES = re.compile(
    r"\.(apng|arw|avif|cr2|cr3|dds|dib|djvu|dng|exr|gif|hei[cf]s?|icns|ico|ief|j2k|jfif|jng|jp2|jpc|jpe|jpf|jpm|jpx|jxl"
    r"|jxr|mng|nef|orf|pam|pbm|pcx|pfm|pgm|pnm|ppm|psd|qoi|raf|ras|rgb|rw2|sgi|svgz?|tga|tiff?|wbmp|xbm|xcf|xpm|xwd)",
    re.IGNORECASE,
)
"""The ends of names of images in formats that are not read, so that none of these is taken for no image."""
IMAGE_CONTENT = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|RIFF.{4}WEBP|BM.{4}\0{4}|GIF8|II\*\0|MM\0\*", re.DOTALL)
"""How files of the usual formats begin."""
SYSTEM_FOLDERS = (
    *("__macosx", "__pycache__", "@eadir", "#recycle", "$recycle.bin", "recycler", "lost+found"),
    "system volume information",
)
SYSTEM_FILES = (".ds_store", ".directory", ".localized", "desktop.ini", "ehthumbs.db", "thumbs.db")
"""What systems put beside a user's files; as `SYSTEM_FOLDERS`, in lower case."""
NAMED = 3
"""Files that are named where they are counted."""


@dataclass(frozen=True)
class Listing:
    """What lies in a folder and below it, each in the order of the names.

    Attributes:
        images: the files that are read.
        skipped: the files that are no images.
        left_out: the folders that are hidden or of the system.
        subfolders: the names of the folders at the top that are not left out.
    """

    images: list[Path]
    skipped: list[Path]
    left_out: list[Path]
    subfolders: list[str]


def list_folder(folder: Path) -> Listing:
    """The files in `folder` and below it.

    What counts as an image follows from the ends of the names alone, but for files whose names have none: those are
    looked into. Hidden files are skipped. Links to folders are followed, but not those to a folder that they lie in.

    Raises:
        InputError: there is no such folder, or it is a file, a folder in it cannot be read, there are no images, or
            there are some in other formats or without the end of a name.
    """
    if folder.is_file():
        kind = "single image" if _is_read(folder) or _is_other(folder) else "file"
        raise InputError(f"'{folder}' is a {kind}; give a folder that holds images")
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'; give one that holds images")
    left_out: list[Path] = []
    files = sorted(_files_below(folder, left_out))
    images = [file for file in files if _is_read(file)]
    rest = [file for file in files if not _is_read(file)]
    others = [file for file in rest if _is_other(file)]
    if others:
        raise InputError(
            f"{len(others):,} of {len(images) + len(others):,} images in '{folder}' cannot be read, such as "
            f"'{others[0]}'; convert or remove them: files must end in {', '.join(SUFFIXES)}"
        )
    if not images:
        found = f"; it holds {len(rest):,} other files, such as '{rest[0].name}'" if rest else ""
        raise InputError(f"'{folder}' holds no image; files must end in {', '.join(SUFFIXES)}{found}")
    subfolders = sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and not _is_left_out(entry.name))
    return Listing(images, rest, sorted(left_out), subfolders)


def remarks_on(folder: Path, listing: Listing) -> Iterator[str]:
    """What was not read in `folder`, each in a few words on one line."""
    if listing.skipped:
        yield f"skipped {counted(len(listing.skipped), 'file')}: {named(folder, listing.skipped)}"
    if listing.left_out:
        yield f"left out {counted(len(listing.left_out), 'hidden or system folder')}: {named(folder, listing.left_out)}"


def named(folder: Path, paths: Sequence[Path]) -> str:
    """The first of `paths`, as they lie in `folder`, and how many more there are."""
    names = ", ".join(one_line(path.relative_to(folder).as_posix()) for path in paths[:NAMED])
    return f"{names} and {len(paths) - NAMED:,} more" if len(paths) > NAMED else names


def _files_below(folder: Path, left_out: list[Path]) -> Iterator[Path]:
    """The files that are not the system's; folders that are not looked into are added to `left_out`."""
    for parent, folders, names in os.walk(folder, followlinks=True, onerror=_refuse):
        left_out += (Path(parent, name) for name in folders if _is_left_out(name))
        folders[:] = [name for name in folders if not _is_left_out(name) and not _leads_back(Path(parent, name))]
        yield from (Path(parent, name) for name in names if not _is_of_the_system(name))


def _refuse(error: OSError) -> NoReturn:
    raise InputError(f"cannot look into the folder '{error.filename}': {error.strerror}") from None


def _is_left_out(folder: str) -> bool:
    return folder.startswith(".") or folder.lower() in SYSTEM_FOLDERS


def _is_of_the_system(file: str) -> bool:
    return file.startswith("._") or file.lower() in SYSTEM_FILES


def _is_read(file: Path) -> bool:
    return file.name.lower().endswith(SUFFIXES) and not file.name.startswith(".")


def _is_other(file: Path) -> bool:
    """Whether it is an image that is not read."""
    if file.name.startswith("."):
        return False
    return OTHER_IMAGES.fullmatch(file.suffix) is not None if file.suffix else _holds_an_image(file)


def _holds_an_image(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with file.open("rb") as opened:
            return IMAGE_CONTENT.match(opened.read(16)) is not None
    except OSError:
        return False


def _leads_back(folder: Path) -> bool:
    """Whether `folder` is a link to a folder that it lies in."""
    return folder.is_symlink() and any(folder.samefile(above) for above in folder.absolute().parents)
