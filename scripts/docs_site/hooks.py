"""What mkdocs calls while it builds the site (https://www.mkdocs.org/user-guide/configuration/#hooks)."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parents[1]))

from docs_site.commands import command_page
from docs_site.experiments import table_pages
from docs_site.notebooks import notebook_page
from docs_site.registries import registry_pages
from docs_site.settings import settings_page
from docs_site.variants import game_pages, variant_pages

FOLDERS = {"reference/variants": variant_pages, "reference/games": game_pages, "reference/names": registry_pages}
"""Folders of generated pages that the navigation lists, each under the entry that is called like it."""

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)


def on_config(config: MkDocsConfig) -> None:
    """List the generated pages in the navigation."""
    (reference,) = (part["Reference"] for part in config.nav or () if "Reference" in part)
    for folder, pages in FOLDERS.items():
        title = folder.rpartition("/")[2].capitalize()
        (section,) = (part[title] for part in reference if isinstance(part, dict) and title in part)
        section += [f"{folder}/{name}" for name in pages() if name != "index.md"]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the generated pages, and turn notebooks into pages."""
    made = {f"{folder}/{name}": text for folder, pages in FOLDERS.items() for name, text in pages().items()}
    made |= {f"tables/{name}": text for name, text in table_pages().items()}
    made |= {"reference/cli.md": command_page(), "reference/settings.md": settings_page()}
    _add(files, config, made)
    for file in [one for one in files if one.src_uri.endswith(".ipynb")]:
        text, images = notebook_page(Path(str(file.abs_src_path)))
        files.remove(file)
        folder = file.src_uri.rpartition("/")[0]
        _add(files, config, {file.src_uri.replace(".ipynb", ".md"): text})
        _add(files, config, {f"{folder}/{name}": content for name, content in images.items()})


def _add(files: Files, config: MkDocsConfig, contents: Mapping[str, str | bytes]) -> None:
    for path, content in contents.items():
        files.append(File.generated(config, path, content=content))


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links to notebooks, which sites of repositories show too, lead to their pages."""
    return markdown.replace(".ipynb)", ".md)")


def on_page_content(content: str, **_: Any) -> str:
    """Write formulas as MathML, which browsers draw without a script."""
    return FORMULA.sub(_mathml, content)


def _mathml(match: re.Match[str]) -> str:
    return convert(html.unescape(match[2]), display="block" if match[1] == "div" else "inline")
