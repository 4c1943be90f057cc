"""What the runs of each row cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from ganlab.record import summary
from ganlab.results.runs import Run
from ganlab.results.table import Table
from ganlab.results.wording import name_of


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the runs of `name` cost in all, in words, and how many of them are done."""

    name: str
    runs: int
    training: str
    evaluation: str
    samples: str


def costs_of(table: Table, runs: Sequence[Run]) -> list[Cost]:
    """The cost of each row and, last, of all together."""
    by_id = {run.id: run for run in runs}
    rows = [(name_of(row, table), [by_id[run_id] for run_id in row.runs.values()]) for row in table.rows]
    return [
        _cost(name, [run.result.cost for run in members if run.done]) for name, members in [*rows, ("all", list(runs))]
    ]


def _cost(name: str, costs: Sequence[summary.Cost]) -> Cost:
    return Cost(
        name=name,
        runs=len(costs),
        training=_duration(sum(cost.train_seconds for cost in costs)),
        evaluation=_duration(sum(cost.evaluation_seconds for cost in costs)),
        samples=f"{sum(cost.samples_seen for cost in costs):,}",
    )


def _duration(seconds: float) -> str:
    """As hours, minutes and seconds; below a minute, seconds to a tenth."""
    return f"{seconds:.1f} s" if seconds < 60 else str(timedelta(seconds=round(seconds)))
