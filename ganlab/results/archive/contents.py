"""The contents of an archive except checkpoints, all derived from the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from ganlab.record import Environment, sweep_index
from ganlab.record.files import to_json
from ganlab.record.run_files import CHECKPOINT, ENVIRONMENTS, ROWS, SPEC, SUMMARY
from ganlab.record.search import SearchFile
from ganlab.record.summary import Environments
from ganlab.results.archive.shape import INDEX, MANIFEST, Index, search_name
from ganlab.results.citation import bibtex, environments
from ganlab.results.methods import methods
from ganlab.results.rendering import render
from ganlab.results.runs import Run
from ganlab.results.table import build

Content = Callable[[], bytes]
"""Makes the content of a file, when it is needed: all together take gigabytes."""

TABLES = {"table.md": "md", "table.tex": "latex", "table.csv": "csv", "table.json": "json"}


def folder_of(run: Run) -> str:
    """The run's folder below ``runs/``."""
    return f"{run.sweep}/{run.id}"


def checkpoint_name(run: Run) -> str:
    """The name of its checkpoint, which is the one file of a run that not all archives have."""
    return f"runs/{folder_of(run)}/{CHECKPOINT}"


def derived(runs: Sequence[Run], index: Index) -> dict[str, bytes]:
    """Tables, methods, citation, environments, the lists of runs, and how to verify it all, by the names of the files.

    Raises:
        InputError: the runs make no table.
    """
    table = build(runs, index.columns)
    texts = {
        **{name: render(table, format) for name, format in TABLES.items()},
        "methods.md": methods(runs, table),
        "citation.bib": bibtex(runs),
        "environment.json": to_json(_environments(runs), indent=2),
        "README.txt": _readme(index),
        INDEX: to_json(index.record(), indent=2),
    }
    for sweep in dict.fromkeys(run.sweep for run in runs):
        listing = {"runs": [run.id for run in runs if run.sweep == sweep]}
        texts[f"runs/{sweep}/{sweep_index.INDEX}"] = to_json(listing, indent=2)
        searches = {(run.dataset, run.label): run.search for run in runs if run.sweep == sweep and run.search}
        if searches:
            texts[search_name(sweep)] = to_json(SearchFile(rows=tuple(searches.values())).record(), indent=2)
    return {name: f"{text}\n".encode() for name, text in texts.items()}


def record_of(run: Run) -> dict[str, Content]:
    """The files of a run by their names in the archive, with the content that they have in its directory."""
    made: dict[str, Callable[[], str]] = {
        SPEC: lambda: _lines(run.spec_file.record()),
        ROWS: lambda: "".join(to_json(row) + "\n" for row in run.origin.rows()),
    }
    if run.done:
        made[SUMMARY] = lambda: _lines(run.result.record())
        made[ENVIRONMENTS] = lambda: _lines(Environments(environments=run.result.environments).record())
    return {f"runs/{folder_of(run)}/{name}": partial(_content, run, name, text) for name, text in made.items()}


def _content(run: Run, name: str, make: Callable[[], str]) -> bytes:
    found = run.origin.file(name)
    return make().encode() if found is None else found


def _lines(record: dict[str, Any]) -> str:
    return to_json(record, indent=2) + "\n"


def _environments(runs: Sequence[Run]) -> dict[str, Any]:
    """Each environment, with the runs that were, at least in part, made in it."""
    known: list[Environment] = []
    made: list[dict[str, None]] = []
    for run in runs:
        for environment in environments(run) if run.done else []:
            if environment not in known:
                known.append(environment)
                made.append({})
            made[known.index(environment)][run.id] = None
    return {"environments": [{**one.record(), "runs": list(ids)} for one, ids in zip(known, made, strict=True)]}


def _readme(index: Index) -> str:
    columns = f" --metrics {','.join(index.columns)}" if index.columns else ""
    again = f"ganlab table ARCHIVE.zip{columns}"
    return f"""\
{len(index.runs)} runs of GANs and the tables made of them, archived by ganlab {index.ganlab}.

  {"ganlab verify ARCHIVE.zip":<29}  every file is as it was written, each run is what its id says, results
                                 agree with the measurements, and the tables follow from the runs
  {f"sha256sum -c {MANIFEST}":<29}  in the unpacked folder: the first of these alone
  {again:<29}  the table again; likewise ganlab figure and ganlab report

table.md, .tex, .csv, .json  the table; in .csv and .json at full precision
methods.md                   how the runs were made, in words
citation.bib                 what to cite
environment.json             machines and versions
runs/SWEEP/RUN_ID/           spec.json: all that determines the run; its hash is in the id. metrics.jsonl:
                             every measurement. summary.json: the result. environments.json: where it was made.

The checks find damage and inconsistency. They do not prove who made the runs: to repeat one, run its spec again."""
