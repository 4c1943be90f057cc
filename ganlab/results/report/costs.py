"""What the runs of each row cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ganlab.record.summary import Cost
from ganlab.results.runs import Run
from ganlab.results.table import Table
from ganlab.results.wording import name_of


def costs_of(table: Table, runs: Sequence[Run]) -> list[tuple[str, list[Cost]]]:
    """The costs of the runs that are done, of each row and, last, of all together."""
    costs = {run.id: run.result.cost for run in runs if run.done}
    rows = [(name_of(row, table), [costs[id] for id in row.runs.values() if id in costs]) for row in table.rows]
    return [*rows, ("all", list(costs.values()))]


def duration(seconds: float) -> str:
    """As hours, minutes and seconds; below a minute, seconds to a tenth."""
    return f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))
