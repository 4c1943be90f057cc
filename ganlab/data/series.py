"""Windows of a series: so many rows of a user's file in their order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from pydantic import Field, field_validator

from ganlab.data.base import DataSource, register
from ganlab.data.column_cells import ColumnCells
from ganlab.data.column_files import read_numbers
from ganlab.data.columns import columns_of
from ganlab.data.empirical import Array
from ganlab.data.file_options import FileOptions
from ganlab.data.places import user_path
from ganlab.data.rows import RowSet, range_of, sha256_of
from ganlab.data.splits import FEWEST_VALUES, ROUNDING
from ganlab.data.table_files import Column
from ganlab.data.vectors import VectorSet
from ganlab.errors import InputError
from ganlab.options import ListOf
from ganlab.text import one_line

MOST_HELD_OUT = 10_000
"""Windows that generated ones are compared with."""


class SeriesOptions(FileOptions):
    """`columns` are the channels, in a file whose rows are in the order of time; `window` is the rows of a sample.

    `held_out` is the fraction of the rows, at the end of the series, that is kept from training.
    """

    columns: Annotated[ListOf[Column], Field(min_length=1)]
    window: Annotated[int, Field(ge=2, le=10_000)]
    held_out: float = Field(0.2, gt=0, lt=1)

    @field_validator("columns")
    @classmethod
    def _are_different(cls, columns: tuple[Column, ...]) -> tuple[Column, ...]:
        names = [str(column) for column in columns]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the column '{one_line(twice)}' is named twice; name it once")
        return columns


def series(options: SeriesOptions) -> RowSet:
    """All windows of the series' first part; those of its last part, which share no row with them, are held out.

    Raises:
        InputError: a column cannot be read, has missing cells or is constant, or a part is too short for the windows.
    """
    read = _read(options)
    place = f"'{options.path}'"
    values = np.stack([one.values for one in read.values()], axis=1)
    held = math.floor(options.held_out * len(values) + ROUNDING)
    _require_windows(len(values) - held, held, options, place)
    training, end = values[: len(values) - held], values[len(values) - held :]
    columns = columns_of(training, list(read), place)
    windows = _windows(end, options.window)
    step = math.ceil(len(windows) / MOST_HELD_OUT)
    windows = windows[::step]
    every = f", one every {step:,} rows," if step > 1 else ""
    reference = VectorSet(
        training=_windows(training, options.window),
        held_out=windows,
        columns=columns,
        name=f"{len(windows):,} windows of {options.window:,} rows{every} in the last {held:,} rows of the series, "
        "which share none with the windows learnt from",
    )
    encoded = columns.to_networks(torch.from_numpy(training)).unfold(0, options.window, 1).transpose(1, 2)
    return RowSet(reference, encoded, _found(options, read, held), sha256_of(values, *read))


def _read(options: SeriesOptions) -> dict[str, ColumnCells]:
    path = user_path(options.path)
    read = {str(column): read_numbers(path, column, options.layout) for column in options.columns}
    for name, one in read.items():
        if one.first_missing:
            raise InputError(
                f"'{options.path}': the column '{one_line(name)}' has missing cells, the first in {one.first_missing}; "
                "a series must be whole, so fill them in first"
            )
    return read


def _found(options: SeriesOptions, read: Mapping[str, ColumnCells], held: int) -> str:
    """One line on what was read."""
    channels = [f"{one_line(name)} ({range_of(one.values)})" for name, one in read.items()]
    first = next(iter(read.values()))
    parts = [
        f"{one_line(options.path)}: {len(first.values):,} rows of {', '.join(channels)}",
        f"windows of {options.window:,} rows",
        f"the last {held:,} rows held out",
    ]
    return "; ".join([*parts, first.note] if first.note else parts)


def _windows(rows: Array, length: int) -> Array:
    """All windows [n, length, channels] of `rows` [N, channels], as a view."""
    return sliding_window_view(rows, length, axis=0).transpose(0, 2, 1)


def _require_windows(training: int, held: int, options: SeriesOptions, place: str) -> None:
    if training < options.window + FEWEST_VALUES - 1 or held < options.window + 1:
        raise InputError(
            f"{place} has {training + held:,} rows, of which held_out {options.held_out:g} leaves {training:,} for "
            f"training and {held:,} at the end; with a window of {options.window:,}, "
            f"{options.window + FEWEST_VALUES - 1:,} and {options.window + 1:,} are the fewest"
        )


register(
    DataSource(
        name="series",
        summary="windows of consecutive rows of a file's columns; the end of the series is held out",
        options=SeriesOptions,
        load=series,
        paths=("path",),
    )
)
