"""The footnotes of a table: what its numbers are, how they were measured, and what does not follow."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ganlab.results.rendering.grid import FLOOR_LABEL
from ganlab.results.table import Column, Protocol, Row, Table

FEW_SEEDS = 5
AGAIN = "Again: `ganlab reproduce RUN_ID` retrains any one run and says whether it is bit-identical."


def notes(table: Table) -> list[str]:
    """The footnotes in plain sentences, without markup."""
    return [
        *_what_a_cell_is(table),
        *_what_is_counted(table),
        *(_data(dataset, protocol) for dataset, protocol in table.protocols.items()),
        *(_metric(column) for column in table.columns),
        *_what_does_not_follow(table),
    ]


def run_ids(table: Table) -> list[str]:
    """For each row its name and the ids of its runs, in the order of their seeds."""
    return [f"{_name(row, table)}: {' '.join(row.runs.values())}" for row in table.rows]


def _what_a_cell_is(table: Table) -> Iterator[str]:
    steps = sorted({row.steps for row in table.rows})
    last = f"{steps[0]}" if len(steps) == 1 else f"between {steps[0]} and {steps[-1]}: budgets differ"
    yield (
        f"Cells: mean ± half-width of its 95% t-interval over seeds (median), at the last step ({last}), "
        "never of the best checkpoint; one seed alone has no interval."
    )
    yield (
        "Bold: the best mean of a column, if it differs from every other row's on the same data "
        "(Welch tests, Holm-corrected, 5%); no bold means that the best cannot be told."
    )
    values = [value for row in table.rows for cell in row.cells.values() for value in cell.values.values()]
    if any(map(math.isinf, values)):
        yield "inf: the value of at least one seed is infinite, and with it the mean."
    if any(table.floors(dataset) for dataset in table.datasets):
        yield (
            f"{FLOOR_LABEL}: the floor, the mean score of as many true samples "
            "(on real data, of training values against held-out ones; for images, in closed form where there is one)."
        )


def _what_is_counted(table: Table) -> Iterator[str]:
    yield (
        "n: finished seeds; means, intervals and medians are over these. diverged: seeds that met a "
        "non-finite loss or parameter; they have no value, and a row with one is never bold."
    )
    diverged = [
        f"{_name(row, table)} seed {seed} at step {step}" for row in table.rows for seed, step in row.diverged.items()
    ]
    if diverged:
        yield f"Diverged: {', '.join(diverged)}."
    if any(row.missing for row in table.rows):
        yield "not done: seeds that have started and have no result yet; the table changes when they have."


def _data(dataset: str, protocol: Protocol) -> str:
    return (
        f"Data {dataset}: {protocol.samples} samples; generator weights: {protocol.generator}; "
        f"reference: {protocol.reference}."
    )


def _metric(column: Column) -> str:
    if column.best:
        return (
            f"{column.name}: the best {column.metric} over all evaluations of a run, picked by "
            f"{column.metric} itself and so optimistic."
        )
    return f"{column.name}: {column.better} is better; {column.estimator}."


def _what_does_not_follow(table: Table) -> Iterator[str]:
    few = [f"{_name(row, table)}: {row.finished}" for row in table.rows if row.finished < FEW_SEEDS]
    if few:
        yield (
            f"Fewer than {FEW_SEEDS} seeds ({', '.join(few)}): neither small differences nor rare failures "
            "can be concluded or ruled out. Two variants one standard deviation apart are told apart in "
            "fewer than 3 of 10 such comparisons, and a failure of one seed in ten is more often missed "
            "than seen."
        )


def _name(row: Row, table: Table) -> str:
    return f"{row.label} on {row.dataset}" if len(table.datasets) > 1 else row.label
