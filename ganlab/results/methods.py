"""The methods paragraphs of a paper that shows a table: how its runs were made, measured and compared.

Everything is read from the records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from ganlab.record import Environment
from ganlab.results.citation import environments, versions
from ganlab.results.english import paragraphs
from ganlab.results.rendering.grid import with_iqm
from ganlab.results.runs import Run
from ganlab.results.table import Table, labelled_as_in
from ganlab.results.wording import confirmatory_in

NO_WEIGHTS = "none"


def methods(runs: Sequence[Run], table: Table) -> str:
    """The paragraphs, in Markdown: training, evaluation, statistics, computation.

    Args:
        runs: all that `table` was built from.
    """
    done = [run for run in labelled_as_in(table, runs) if run.done]
    said = paragraphs(
        "methods",
        runs=done,
        table=table,
        several=len(table.datasets) > 1,
        papers={f"{part.kind} {part.name}": part.paper for run in done for part in run.result.papers},
        extractors=_extractors(done),
        with_iqm=with_iqm(table),
        confirmatory=confirmatory_in(table),
        exploratory=sum(column.compared for column in table.columns) > 1,
        tests=sorted({one.difference.test for one in table.comparisons} - {"none"}),
        total=sum(row.n for row in table.rows),
        diverged=table.diverged,
        versions=versions(done),
        places=lambda phrase: _places(done, phrase),
        moved=sum(len(environments(run)) > 1 for run in done),
    )
    return "\n\n".join(said)


def _extractors(runs: Sequence[Run]) -> list[tuple[str, str, str, str]]:
    """Name, network, hash of the weights and resizing of each extractor that has weights."""
    return sorted(
        {
            (name, about.network, about.weights_sha256, about.resize)
            for run in runs
            for name, about in run.protocol.extractors.items()
            if about.weights_sha256 != NO_WEIGHTS
        }
    )


def _places(runs: Sequence[Run], phrase: Callable[[Environment], str]) -> Counter[str]:
    """How many runs were, at least in part, made in each environment, by what `phrase` says of it."""
    said = cache(phrase)
    return Counter(place for run in runs for place in dict.fromkeys(map(said, environments(run))))
