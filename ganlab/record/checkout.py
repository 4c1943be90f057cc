"""The git checkout that ganlab itself runs from."""

from __future__ import annotations

import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

import ganlab


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A `commit`, and whether tracked files of the package differ from it."""

    commit: str
    dirty: bool


@functools.cache
def own_checkout() -> Checkout | None:
    """The checkout of the running package, as it was when this process first asked."""
    return checkout_of(Path(ganlab.__file__).parent)


def checkout_of(package: Path) -> Checkout | None:
    """The checkout that tracks the folder `package`; None where no commit does, or without git."""
    if not _git(package, "ls-files", "--", "."):
        return None
    status = _git(package, "--no-optional-locks", "status", "--porcelain=v2", "--branch", "-uno", "--", ".")
    about = [line for line in status.splitlines() if line.startswith("# ")]
    commits = [line.removeprefix("# branch.oid ") for line in about if line.startswith("# branch.oid ")]
    if not commits or commits == ["(initial)"]:
        return None
    return Checkout(commit=commits[0], dirty=len(status.splitlines()) > len(about))


def _git(folder: Path, *arguments: str) -> str:
    """What git prints about `folder`; an empty text where git is not installed or there is no repository."""
    try:
        command = ["git", "-C", str(folder), *arguments]
        answer = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    return answer.stdout if answer.returncode == 0 else ""
