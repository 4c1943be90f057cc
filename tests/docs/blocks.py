"""The blocks of code in README and docs."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INCLUDED = re.compile(r'^--8<-- "(.*)"$', re.MULTILINE)


class Block(NamedTuple):
    language: str
    text: str

    @property
    def registers(self) -> bool:
        """Whether it is a plugin, rather than a script."""
        return self.language == "python" and "register" in self.text and "import ganlab\n" not in self.text


def pages() -> list[str]:
    """README and all pages with a block, relative to the root."""
    files = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(file.relative_to(ROOT)) for file in files if file.is_file() and blocks(str(file.relative_to(ROOT)))]


@cache
def blocks(page: str) -> list[Block]:
    """Those of a page, with the files that they include."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [Block(language, _with_included(code)) for language, code in FENCE.findall(text)]


def _with_included(code: str) -> str:
    return INCLUDED.sub(lambda match: (ROOT / match[1]).read_text(encoding="utf-8"), code)


def commands(page: str) -> list[list[str]]:
    """The words of every line of the shell's blocks, without comments and redirections."""
    lines = [line for block in blocks(page) if block.language == "sh" for line in block.text.splitlines()]
    words = [shlex.split(line.partition(" > ")[0], comments=True) for line in lines]
    return [_bare(one) for one in words if one]


def _bare(words: list[str]) -> list[str]:
    """A command without what installs and calls it."""
    return words[words.index("run") + 1 :] if words[0] in ("uv", "pip") and "run" in words else words


def plugin(page: str) -> str:
    """What the page registers, as one file."""
    return "\n\n".join(block.text for block in blocks(page) if block.registers)
