"""Zip files that anyone may have written: what may be read of them without filling the memory."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from zipfile import ZipFile, ZipInfo

from ganlab.errors import InputError

LARGEST_RATIO = 200
"""How much smaller than its content a file may be packed; records, checkpoints and images are five to thirty times."""
FREE = 1 << 24
"""Bytes of content that may be packed as densely as they will."""
UNREADABLE = (
    *(ValueError, KeyError, EOFError, MemoryError, OverflowError),
    *(RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)
"""What zipfile raises for files that are damaged, encrypted, or packed in a way that it does not know."""


def require_plausible(file: ZipFile, name: str) -> None:
    """Check the places and sizes that the zip file called `name` declares; Python reads no more of a member than that.

    Raises:
        InputError: a member lies outside of the file, or it, or all of them, would be far larger than what is there.
    """
    for one in file.infolist():
        if not 0 <= one.header_offset < file.start_dir:
            raise InputError(f"{name} is damaged: it says that {one.filename!r} lies outside of it; fetch it anew")
    members = [(f"{name}: {one.filename}", one.file_size, one.compress_size) for one in file.infolist()]
    whole = (name, sum(size for _, size, _ in members), file.start_dir)
    for what, size, packed in (*members, whole):
        require_ratio(what, size, packed)


def require_ratio(what: str, size: int, packed: int) -> None:
    """Check how much larger than the `packed` bytes of a file its content, of `size` bytes, would be.

    Raises:
        InputError: it would be far larger.
    """
    if size > FREE and size > LARGEST_RATIO * packed:
        raise InputError(
            f"{what} would be unpacked from {packed:,} bytes to {size:,}, which fills the memory with nothing; "
            f"save it so that it is packed at most {LARGEST_RATIO} times smaller"
        )


def is_link_or_device(member: ZipInfo) -> bool:
    """Whether unpacking `member` would make something else than a file or a folder."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    return kind not in (0, stat.S_IFREG, stat.S_IFDIR)
