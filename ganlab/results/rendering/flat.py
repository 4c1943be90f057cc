"""A table for programs, at full precision: CSV with one line a row, JSON with one object a cell."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from typing import Any

from ganlab.results.table import Cell, Column, Row, Table


def as_csv(table: Table) -> str:
    """One line a row, with columns ``<metric>_mean``, ``<metric>_ci_low`` and so on; empty: no number."""
    records = [_record(row, table) for row in table.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().removesuffix("\n")


def as_json(table: Table) -> str:
    """A list of objects, one a cell, row by row; null: no such number, or an infinite one."""
    cells = [_object(row, column, table) for row in table.rows for column in table.columns]
    return json.dumps(cells, indent=2, allow_nan=False)


def _record(row: Row, table: Table) -> dict[str, Any]:
    record = {"variant": row.label, "dataset": row.dataset, "n": row.finished} | _counts(row)
    for column in table.columns:
        numbers = _numbers(row.cells[column.name]) | _context(row, column, table)
        low, high = numbers.pop("ci95") or (None, None)
        numbers |= {"ci_low": low, "ci_high": high}
        record |= {f"{column.name}_{name}": number for name, number in numbers.items()}
    return record | _protocol(row, table) | {"runs": " ".join(row.runs.values())}


def _object(row: Row, column: Column, table: Table) -> dict[str, Any]:
    cell = row.cells[column.name]
    return (
        {"variant": row.label, "dataset": row.dataset, "metric": column.name, "n": cell.n}
        | _counts(row)
        | _without_infinities(_numbers(cell))
        | _context(row, column, table)
        | {"better": column.better, "estimator": column.estimator}
        | _protocol(row, table)
        | {"values": _without_infinities(cell.values), "runs": dict(row.runs)}
    )


def _counts(row: Row) -> dict[str, Any]:
    return {"diverged": len(row.diverged), "not_done": len(row.missing), "steps": row.steps}


def _numbers(cell: Cell) -> dict[str, Any]:
    names = ("mean", "sd", "ci95", "median", "iqm")
    return {name: getattr(cell.statistics, name) if cell.statistics else None for name in names}


def _context(row: Row, column: Column, table: Table) -> dict[str, Any]:
    return {
        "is_best": row.cells[column.name].best,
        "floor": table.floors(row.dataset).get(column.name),
    }


def _protocol(row: Row, table: Table) -> dict[str, Any]:
    protocol = table.protocols.get(row.dataset)
    return {name: getattr(protocol, name, None) for name in ("samples", "generator", "reference")}


def _without_infinities(numbers: Mapping[Any, Any]) -> dict[Any, Any]:
    """`numbers`, each infinite or undefined one replaced by None, for JSON knows neither."""
    return {
        key: None if isinstance(number, float) and not math.isfinite(number) else number
        for key, number in numbers.items()
    }
