"""How the rows of a table rank over its data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ganlab.results.table import Table

if TYPE_CHECKING:
    from ganlab.results.across_datasets import Ranks


def ranks_over_datasets(table: Table) -> dict[str, Ranks]:
    """The ranks by each column that is compared and that all rows have on all data sets, where there are enough."""
    if len(table.datasets) < 2:
        return {}
    import pandas as pd  # takes 70 MB, which most reports need not

    from ganlab.results.across_datasets import FEWEST_ROWS, ranks_of

    labels = {row.label for row in table.rows}
    if len(labels) < FEWEST_ROWS or len(table.rows) != len(labels) * len(table.datasets):
        return {}
    ranks = {}
    for column in table.columns:
        values = [
            (row.label, row.dataset, seed, value)
            for row in table.rows
            for seed, value in row.cells[column.name].values.items()
        ]
        if column.compared and all(row.cells[column.name].n for row in table.rows):
            frame = pd.DataFrame(values, columns=["row", "dataset", "seed", "value"])
            ranks[column.name] = ranks_of(frame, column.name, column.better)
    return ranks
