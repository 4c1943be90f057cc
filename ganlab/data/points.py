"""Points, or vectors, of a user's array."""

from __future__ import annotations

import numpy as np
import torch

from ganlab.data.base import DataSource, register
from ganlab.data.column_files import read_columns
from ganlab.data.columns import columns_of
from ganlab.data.file_options import GappyFileOptions
from ganlab.data.places import user_path
from ganlab.data.rows import MOST_SHOWN, RowSet, range_of, sha256_of
from ganlab.data.splits import SplitOptions, split_of
from ganlab.data.table_files import complete_rows
from ganlab.data.vectors import VectorSet
from ganlab.text import one_line


class PointsOptions(GappyFileOptions, SplitOptions):
    """`path` is a NPY file of an array [n, d] of numbers, or a text file all of whose columns are numbers."""


def points(options: PointsOptions) -> RowSet:
    """The rows of the array, each column standardised.

    Raises:
        InputError: the file cannot be read or holds something else or too few rows, or a column is constant.
    """
    path = user_path(options.path)
    cells = read_columns(path, options.layout)
    kept = complete_rows(path, cells, options.missing)
    values = np.stack([one.values[kept] for one in cells.values()], axis=1)
    place = f"'{options.path}'"
    learnt, held = split_of(len(values), options, place, "rows")
    training = values[learnt]
    columns = columns_of(training, list(cells), place)
    reference = VectorSet(
        training=training,
        held_out=values[held],
        columns=columns,
        name=f"{len(held):,} held-out rows",
    )
    each = [f"{one_line(str(name))} ({range_of(column)})" for name, column in zip(cells, values.T, strict=True)]
    described = ", ".join(each) if len(each) <= MOST_SHOWN else f"{len(each):,} numbers ({range_of(values)})"
    parts = [
        f"{one_line(options.path)}: {len(values):,} rows of {described}",
        f"{len(held):,} held out",
    ]
    note = next(iter(cells.values())).note
    if note:
        parts.append(note)
    if len(kept) > len(values):
        parts.append(f"{len(kept) - len(values):,} rows with missing cells dropped")
    encoded = columns.to_networks(torch.from_numpy(training))
    return RowSet(reference, encoded, "; ".join(parts), sha256_of(values, *cells))


register(
    DataSource(
        name="points",
        summary="points or vectors: the rows of a NPY array [n, d], or of a CSV or TSV file of numbers",
        options=PointsOptions,
        load=points,
        paths=("path",),
    )
)
