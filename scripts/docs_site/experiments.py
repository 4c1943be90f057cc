"""Pages of the experiments: each sweep file and the table that it made."""

from __future__ import annotations

from pathlib import Path

from docs_site.markdown import block, page

FOLDER = Path(__file__).parents[2] / "experiments"
FIGURES = FOLDER.parent / "docs/images"


def table_pages() -> dict[str, str]:
    """Markdown by file name, such as ``games/began.md``."""
    return {str(file.relative_to(FOLDER)): _table(file) for file in sorted(FOLDER.rglob("*.md"))}


def _table(file: Path) -> str:
    sweep = file.with_suffix(".yaml")
    name = sweep.relative_to(FOLDER.parent)
    text = sweep.read_text(encoding="utf-8")
    command = block(f"ganlab sweep {name}", "sh")
    return page(file.stem, command, block(text, "yaml"), file.read_text(encoding="utf-8"), _figure(file))


def _figure(file: Path) -> str:
    """The learning curves, where the sweep has a figure."""
    figure = (FIGURES / file.relative_to(FOLDER)).with_suffix(".svg")
    up = "../" * len(file.relative_to(FOLDER).parts)
    return f"![Learning curves of {file.stem}]({up}{figure.relative_to(FIGURES.parent)})" if figure.exists() else ""
