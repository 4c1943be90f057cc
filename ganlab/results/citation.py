"""BibTeX entries of ganlab and of the papers behind the runs of a table."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

import ganlab
from ganlab.record import Environment
from ganlab.results.runs import Run
from ganlab.text import one_line

PACKAGE = Path(ganlab.__file__).parent
Fields = dict[str, str]


def bibtex(runs: Sequence[Run]) -> str:
    """The entries to cite with a table of `runs`: of ganlab, as it made them, and of each paper that they record."""
    parts: dict[str, list[str]] = {}
    for run in runs:
        for part in run.result.papers if run.done else ():
            names = parts.setdefault(part.paper, [])
            if part.name not in names:
                names.append(part.name)
    entries = {"ganlab": _software(runs)}
    for paper in sorted(parts):
        about = _paper(paper, parts[paper])
        entries[_key(paper, about)] = about
    return "\n\n".join(_entry(key, fields) for key, fields in entries.items())


def versions(runs: Sequence[Run]) -> list[str]:
    """The versions of ganlab that made `runs`, with their commits, in words and in the order of the runs."""
    return list(dict.fromkeys(_version(one) for run in runs if run.done for one in environments(run)))


def environments(run: Run) -> list[Environment]:
    """Where a run that is done was made."""
    return [one.environment for one in run.result.environments]


def _version(environment: Environment) -> str:
    version = f"version {environment.ganlab}"
    if environment.git_commit is None:
        return version
    changed = " with uncommitted changes" if environment.git_dirty else ""
    return f"{version}, git commit {environment.git_commit[:12]}{changed}"


def _software(runs: Sequence[Run]) -> Fields:
    about = _citation_file()
    made_with = versions(runs)
    released = (
        [str(about["date-released"])[:4]] if any(f"version {about['version']}" in one for one in made_with) else []
    )
    return {
        "author": " and ".join(f"{{{author['name']}}}" for author in about["authors"]),
        "title": f"{{{about['title']}}}",
        **({"year": released[0]} if released else {}),
        "note": _escaped("; ".join(made_with).capitalize()),
    }


@functools.cache
def _citation_file() -> dict[str, Any]:
    """What CITATION.cff says; it lies in a checkout's root, and in the package that a wheel installs."""
    places = [PACKAGE / "CITATION.cff", PACKAGE.parent / "CITATION.cff"]
    file = next(place for place in places if place.exists())
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


@functools.cache
def _known_papers() -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "papers.yaml").read_text("utf-8"))
    return known


def _paper(paper: str, names: Sequence[str]) -> Fields:
    """The entry's fields; of a paper that is not known here, only its id and which parts of the runs name it."""
    known = _known_papers().get(paper)
    fields = {}
    if known:
        fields = {
            "author": _escaped(" and ".join(known["authors"])),
            "title": f"{{{_escaped(known['title'])}}}",
            "year": str(known["year"]),
        }
    scheme, _, identifier = paper.partition(":")
    if scheme == "arXiv":
        fields |= {"eprint": identifier, "archiveprefix": "arXiv"}
    elif scheme == "doi":
        fields |= {"doi": identifier}
    else:
        fields |= {"howpublished": _escaped(paper)}
    return fields | {"note": _escaped(f"For {', '.join(names)}")}


def _key(paper: str, fields: Fields) -> str:
    """Such as ``goodfellow-1406.2661``: the first author and the id, which keeps keys apart."""
    identifier = paper.partition(":")[2] or paper
    author = fields.get("author", "").partition(" and ")[0].rpartition(" ")[2]
    ascii_author = unicodedata.normalize("NFKD", author).encode("ascii", "ignore").decode().lower()
    plain = "".join(letter if letter.isalnum() or letter in ".-" else "-" for letter in identifier)
    return f"{ascii_author}-{plain}" if ascii_author else plain


def _entry(key: str, fields: Fields) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def _escaped(text: str) -> str:
    """`text` in one line, with the characters escaped that LaTeX would not print, and without braces, for they pair."""
    plain = one_line(text).replace("{", "(").replace("}", ")").replace("\\", "/")
    return "".join(f"\\{letter}" if letter in "&%$#_" else letter for letter in plain)
