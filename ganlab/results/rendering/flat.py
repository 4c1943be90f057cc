"""A table for programs, at full precision: CSV with one line a row, JSON with one object a cell."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from ganlab.results.columns import Column
from ganlab.results.published import Published
from ganlab.results.ranking import Comparison
from ganlab.results.rendering.published import csv_field, json_objects
from ganlab.results.rendering.search import search_fields, search_line
from ganlab.results.table import Cell, Row, Table
from ganlab.text import one_line

FORMULA = ("=", "+", "-", "@")
"""How formulas of spreadsheets begin."""


def as_csv(table: Table, published: Sequence[Published] | None = None) -> str:
    """One line a row, with columns ``<metric>_mean``, ``<metric>_ci_low`` and so on; empty: no number.

    With an infinite value, which that of a diverged run is, a mean is ``inf`` or ``-inf``, and has no interval.

    ``<metric>_published`` is what is published, unless that is None.
    """
    records = [_record(row, table, published) for row in table.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _entry(value) for name, value in record.items()} for record in records)
    return text.getvalue().removesuffix("\n")


def _entry(value: Any) -> Any:
    """`value` as programs read it: no text of it is a formula, as spreadsheets take what begins like one."""
    if not isinstance(value, str):
        return value
    text = one_line(value)
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def as_json(table: Table, published: Sequence[Published] | None = None) -> str:
    """A list of objects, one a cell, row by row; null: no such number, or an infinite one, which JSON does not know.

    ``not_finite`` says why a value is null, by seed: "diverged", or "infinite" of a run that finished. Both count as
    the worst there is, in the mean, the median, the interquartile mean and the tests, which makes some of these null.

    ``comparisons`` are those with the cells of worse mean in the same column on the same data: this cell's mean minus
    theirs, and the probability that one of its runs beats one of theirs; ``adjusted_p`` is one-sided, and adjusted for
    the number of rows, of the best mean's comparisons alone. ``confirmatory`` says of the primary metric's cells that
    they are of it. ``published`` is what is published, unless
    that is None.
    """
    cells = [_object(row, column, table, published) for row in table.rows for column in table.columns]
    return json.dumps(cells, indent=2, allow_nan=False)


def _record(row: Row, table: Table, published: Sequence[Published] | None) -> dict[str, Any]:
    record = {"variant": row.label, "dataset": row.dataset, "n": row.n} | _counts(row)
    for column in table.columns:
        numbers = _numbers(row.cells[column.name]) | _context(row, column, table)
        for name in ("ci95", "iqm_ci95"):
            low, high = numbers.pop(name) or (None, None)
            prefix = name.removesuffix("95")
            numbers |= {f"{prefix}_low": low, f"{prefix}_high": high}
        if published is not None:
            numbers["published"] = csv_field(row, column, published)
        record |= {f"{column.name}_{name}": number for name, number in numbers.items()}
    searched = search_line(row.search) if _is_searched(table) else {}
    return record | _protocol(row, table) | {"device": row.device, "runs": " ".join(row.runs.values())} | searched


def _is_searched(table: Table) -> bool:
    """Whether the settings of any row were searched."""
    return any(row.search for row in table.rows)


def _object(row: Row, column: Column, table: Table, published: Sequence[Published] | None) -> dict[str, Any]:
    cell = row.cells[column.name]
    return (
        {"variant": row.label, "dataset": row.dataset, "metric": column.name, "n": cell.n}
        | _counts(row)
        | _without_infinities(_numbers(cell))
        | _context(row, column, table)
        | {"better": column.better, "estimator": column.estimator, "confirmatory": _is_confirmatory(row, column, table)}
        | _protocol(row, table)
        | {"device": row.device, "values": _without_infinities(cell.values), "not_finite": _not_finite(cell, row)}
        | {"runs": dict(row.runs)}
        | {"comparisons": [_comparison(one) for one in _led_by(row, column, table)]}
        | ({"search": _search(row)} if _is_searched(table) else {})
        | ({} if published is None else {"published": json_objects(row, column, published)})
    )


def _search(row: Row) -> dict[str, Any] | None:
    """How the row's settings were chosen; null: not searched, or an infinite number."""
    fields = search_fields(row.search)
    if fields is None:
        return None
    return _without_infinities(fields) | {"best_of": [_without_infinities(best) for best in fields["best_of"]]}


def _not_finite(cell: Cell, row: Row) -> dict[int, str]:
    """Why each seed without a finite value has none."""
    return {
        seed: "diverged" if seed in row.diverged else "infinite"
        for seed, value in cell.values.items()
        if not math.isfinite(value)
    }


def _counts(row: Row) -> dict[str, Any]:
    return {"diverged": len(row.diverged), "not_done": len(row.missing), "steps": row.spec.steps}


def _numbers(cell: Cell) -> dict[str, Any]:
    names = ("mean", "sd", "ci95", "median", "iqm", "iqm_ci95")
    return {name: getattr(cell.statistics, name) if cell.statistics else None for name in names}


def _context(row: Row, column: Column, table: Table) -> dict[str, Any]:
    return {
        "mark": row.cells[column.name].mark,
        "floor": table.floors(row.dataset).get(column.name),
        "floor_error": table.floor_errors(row.dataset).get(column.name),
        "real": table.real(row.dataset).get(column.name),
    }


def _is_confirmatory(row: Row, column: Column, table: Table) -> bool:
    """Whether the column is of the metric by which the runs were to be compared, named before they began."""
    return row.dataset in table.protocols and table.protocols[row.dataset].primary == column.name


def _protocol(row: Row, table: Table) -> dict[str, Any]:
    protocol = table.protocols.get(row.dataset)
    return {name: getattr(protocol, name, None) for name in ("samples", "generator", "reference", "real_samples")}


def _led_by(row: Row, column: Column, table: Table) -> list[Comparison]:
    """The comparisons of the cell with those that are worse."""
    cell = (row.dataset, column.name, row.label)
    return [one for one in table.comparisons if (one.dataset, one.column, one.first) == cell]


def _comparison(comparison: Comparison) -> dict[str, Any]:
    difference = comparison.difference
    return {
        "against": comparison.second,
        "difference": difference.difference,
        "ci95": difference.ci95,
        "paired": difference.paired,
        "test": difference.test,
        "p": difference.p,
        "adjusted_p": comparison.adjusted_p,
        "probability": difference.probability,
    }


def _without_infinities(numbers: Mapping[Any, Any]) -> dict[Any, Any]:
    """`numbers`, each infinite or undefined one replaced by None, for JSON knows neither."""
    return {
        key: None if isinstance(number, float) and not math.isfinite(number) else number
        for key, number in numbers.items()
    }
