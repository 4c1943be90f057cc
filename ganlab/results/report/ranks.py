"""How the rows of a table rank over its data sets."""

from __future__ import annotations

import pandas as pd

from ganlab.results.across_datasets import FEWEST_DATASETS, FEWEST_ROWS, Ranks, ranks_of
from ganlab.results.columns import Column
from ganlab.results.table import Table


def ranks_over_datasets(table: Table) -> list[tuple[Column, Ranks]]:
    """The ranks by each column that is compared and that all rows have on all data sets, where there are enough."""
    labels = dict.fromkeys(row.label for row in table.rows)
    enough = len(labels) >= FEWEST_ROWS and len(table.datasets) >= FEWEST_DATASETS
    if not enough or len(table.rows) != len(labels) * len(table.datasets):
        return []
    complete = [column for column in table.columns if all(row.cells[column.name].n for row in table.rows)]
    return [
        (column, ranks_of(_values(table, column), column.name, column.better)) for column in complete if column.compared
    ]


def _values(table: Table, column: Column) -> pd.DataFrame:
    values = [
        (row.label, row.dataset, seed, value)
        for row in table.rows
        for seed, value in row.cells[column.name].values.items()
    ]
    return pd.DataFrame(values, columns=["row", "dataset", "seed", "value"])
