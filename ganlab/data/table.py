"""Columns of a user's table as vectors, of which some may be the condition of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from ganlab.data.base import DataSource, register
from ganlab.data.columns import Columns, columns_of
from ganlab.data.empirical import Array
from ganlab.data.file_options import GappyFileOptions
from ganlab.data.places import user_path
from ganlab.data.rows import MOST_SHOWN, RowSet, range_of, sha256_of
from ganlab.data.splits import Indices, SplitOptions, split_of
from ganlab.data.table_files import Column, Table, read_table
from ganlab.data.vectors import VectorSet
from ganlab.options import ListOf
from ganlab.text import one_line


class TableOptions(GappyFileOptions, SplitOptions):
    """`columns` are what is generated and what it depends on: names, or indices where columns have no names.

    `categorical` says which of them hold categories, and `given` which are the condition of the others; those that
    `columns` leaves out are read as well. A conditional network is given the category of a single categorical column
    as its label, and else a vector: numbers standardised, and categories as zeros and a one.
    """

    columns: Annotated[ListOf[Column], Field(min_length=1)]
    categorical: ListOf[Column] = ()
    given: ListOf[Column] = ()

    @model_validator(mode="after")
    def _columns_are_named_once(self) -> Self:
        for key in ("columns", "categorical", "given"):
            names = [str(column) for column in getattr(self, key)]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"'{key}' names the column '{one_line(twice)}' twice; name it once")
        if not self.generated:
            raise ValueError("every column is given, so none is left to be generated; leave one out of 'given'")
        return self

    @property
    def read(self) -> dict[str, Column]:
        """All columns that are read by their names, in their order."""
        return {str(column): column for column in (*self.columns, *self.categorical, *self.given)}

    @property
    def condition(self) -> list[str]:
        return [str(column) for column in self.given]

    @property
    def generated(self) -> list[str]:
        return [name for name in self.read if name not in self.condition]


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """A table, and which of its rows are learnt from and which held out."""

    table: Table
    names: list[str]
    learnt: Indices
    kept: Indices
    place: str

    def values(self, names: Iterable[str]) -> Array:
        """The columns called `names` [n, len(names)] of all rows."""
        chosen: Array = self.table.values[:, [self.names.index(name) for name in names]]
        return chosen

    def columns(self, names: list[str]) -> Columns:
        """What the columns called `names` are, standardised by the rows that are learnt from."""
        return columns_of(self.values(names)[self.learnt], names, self.place, self.table.categories)


@dataclass(frozen=True, kw_only=True)
class _Condition:
    """The conditions of rows that are learnt from, and of those held out: labels of `classes` or vectors."""

    training: Tensor | None = None
    held_out: Tensor | None = None
    classes: tuple[str, ...] = ()
    columns: Columns | None = None


def table(options: TableOptions) -> RowSet:
    """Rows of a text or Parquet file.

    Raises:
        InputError: the file or a column cannot be read, the rows are too few for the split, or a column does not vary.
    """
    categorical = {str(column) for column in options.categorical}
    read = read_table(user_path(options.path), options.read, categorical, options.missing, options.layout)
    place = f"'{options.path}'"
    learnt, kept = split_of(len(read.values), options, place, "rows")
    rows = _Rows(table=read, names=list(options.read), learnt=learnt, kept=kept, place=place)
    condition = _condition(rows, options.condition)
    generated = rows.values(options.generated)
    reference = VectorSet(
        training=generated[learnt],
        held_out=generated[kept],
        columns=rows.columns(options.generated),
        name=f"{len(kept):,} held-out rows",
        condition=condition.columns,
        classes=len(condition.classes),
        training_conditions=condition.training,
        held_out_conditions=condition.held_out,
    )
    named = [f"{name}: {', '.join(read.categories.get(name, ()))}" for name in options.read]
    encoded = reference.columns.to_networks(torch.from_numpy(reference.training))
    return RowSet(reference, encoded, _found(rows, options), sha256_of(read.values, *named), condition.classes)


def _condition(rows: _Rows, given: list[str]) -> _Condition:
    if not given:
        return _Condition()
    if len(given) == 1 and given[0] in rows.table.categories:
        labels = torch.from_numpy(rows.values(given)[:, 0]).long()
        classes = rows.table.categories[given[0]]
        return _Condition(training=labels[rows.learnt], held_out=labels[rows.kept], classes=classes)
    columns = rows.columns(given)
    vectors = columns.to_networks(torch.from_numpy(rows.values(given)))
    return _Condition(training=vectors[rows.learnt], held_out=vectors[rows.kept], columns=columns)


def _found(rows: _Rows, options: TableOptions) -> str:
    """One line on what was read."""
    read = rows.table
    described = [
        f"{one_line(name)} ({len(read.categories[name])} categories)"
        if name in read.categories
        else f"{one_line(name)} ({range_of(part)})"
        for name, part in list(zip(rows.names, read.values.T, strict=True))[:MOST_SHOWN]
    ]
    more = f" and {len(rows.names) - MOST_SHOWN} more" if len(rows.names) > MOST_SHOWN else ""
    parts = [f"{one_line(options.path)}: {len(read.values):,} rows of {', '.join(described)}{more}"]
    parts.append(f"{len(rows.kept):,} held out")
    if options.given:
        parts.append(f"given to conditional networks: {', '.join(map(one_line, options.condition))}")
    if read.note:
        parts.append(read.note)
    if read.dropped:
        parts.append(f"{read.dropped:,} rows with missing cells dropped")
    return "; ".join(parts)


register(
    DataSource(
        name="table",
        summary="several columns of a CSV, TSV or Parquet file as vectors: numbers, categories, conditions",
        options=TableOptions,
        load=table,
        paths=("path",),
    )
)
