"""Runs whose rows are read once, and kept in memory as far as a report shows them."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ganlab.record.rows import evaluations
from ganlab.results.report.thinning import evenly
from ganlab.results.runs import Origin, Run, by_row

MOST_DIAGNOSTICS = 100
"""Rows of diagnostics of one run that a report shows."""
MOST_ALONE = 256
"""Runs up to which a report draws each alone; of more, as many seeds of each row, evenly spread."""


@dataclass(frozen=True)
class CachedOrigin:
    """An origin that reads a run once and keeps its evaluations and at most `MOST_DIAGNOSTICS` rows of diagnostics."""

    origin: Origin

    @property
    def folder(self) -> Path | None:
        return self.origin.folder

    def rows(self) -> list[dict[str, Any]]:
        return self._rows

    def evaluations(self) -> list[dict[str, Any]]:
        return evaluations(self._rows)

    def file(self, name: str) -> bytes | None:
        return self.origin.file(name)

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        rows = self.origin.rows()
        steps = {row["global_step"] for row in evenly(rows, MOST_DIAGNOSTICS)}
        evaluated = {row["global_step"] for row in evaluations(rows)}
        return [row for row in rows if row["global_step"] in steps | evaluated]


def drawn_alone(runs: Sequence[Run]) -> set[str]:
    """The ids of the runs that a report draws alone, not only as a part of their rows."""
    if len(runs) <= MOST_ALONE:
        return {run.id for run in runs}
    rows = by_row(runs).values()
    return {run.id for members in rows for run in evenly(members, max(2, MOST_ALONE // len(rows)))}


def with_cached_rows(runs: Sequence[Run], alone: Container[str]) -> list[Run]:
    """`runs`, of which those `alone` have an origin that reads their rows once."""
    return [replace(run, origin=CachedOrigin(run.origin)) if run.id in alone else run for run in runs]
