"""Pages of the experiments: each sweep file and the table that it made."""

from __future__ import annotations

from pathlib import Path

from docs_site.markdown import block, page

FOLDER = Path(__file__).parents[2] / "experiments"


def table_pages() -> dict[str, str]:
    """Markdown by file name, such as ``games/began.md``."""
    return {str(file.relative_to(FOLDER)): _table(file) for file in sorted(FOLDER.rglob("*.md"))}


def _table(file: Path) -> str:
    sweep = file.with_suffix(".yaml")
    name = sweep.relative_to(FOLDER.parent)
    text = sweep.read_text(encoding="utf-8")
    command = block(f"ganlab sweep {name}", "sh")
    return page(f"{file.stem}", command, block(text, "yaml"), file.read_text(encoding="utf-8"))
