"""Pages of the executed notebooks."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter


def notebook_page(file: Path) -> tuple[str, dict[str, bytes]]:
    """The notebook as Markdown, with what its cells printed and drew, and the images by the names that it links."""
    notebook = nbformat.read(file, as_version=4)  # type: ignore[no-untyped-call]
    resources = {"output_files_dir": file.stem}
    exporter = MarkdownExporter()  # type: ignore[no-untyped-call]
    text, found = exporter.from_notebook_node(notebook, resources)
    return text, found["outputs"]
