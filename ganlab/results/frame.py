"""All numbers of some runs as one tidy table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import pandas as pd

from ganlab.errors import InputError
from ganlab.record.files import json_sha256
from ganlab.record.rows import EVALUATION
from ganlab.record.summary import Better, worst
from ganlab.results.comparison import Difference, Values, compare
from ganlab.results.runs import Key, Run, by_row, protocol_of

COLUMNS = ("run", "row", "dataset", "seed", "metric", "step", "value", "status")
STEP = "global_step"


def frame_of(runs: Sequence[Run]) -> pd.DataFrame:
    """One line for each number of each logged step: `COLUMNS`, in the order of the table.

    Metrics have their names in tables, such as ``w1``; readings of the training have theirs in the record, such as
    ``train/generator_loss``. `status` is that of the run: finished, diverged, or unfinished. A run that diverged ends
    with the worst value of every metric, at the last step that it completed; one that has logged nothing yet has no
    line. ``attrs["better"]`` says of each metric whether lower or higher is better, and ``attrs["protocols"]`` has a
    hash of how it was measured, by data set, row and metric.

    Raises:
        InputError: the runs of a row differ in more than their seed.
    """
    better = {name: about.better for run in runs if run.done for name, about in run.protocol.metrics.items()}
    rows = by_row(runs)
    lines = [
        (run.id, label, dataset, run.seed, *number, _status(run))
        for (dataset, label), row in rows.items()
        for run in row
        for number in _numbers(run)
    ]
    frame = pd.DataFrame(lines, columns=list(COLUMNS)).astype({"seed": "int64", "step": "int64", "value": "float64"})
    frame.attrs["better"] = better
    frame.attrs["protocols"] = _protocols(rows)
    return frame


def _protocols(rows: Mapping[Key, Sequence[Run]]) -> dict[str, dict[str, dict[str, str]]]:
    """By data set, row and metric, a hash of how it was measured."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for (dataset, label), row in rows.items():
        if run := next((run for run in row if run.finished), None):
            hashes = {name: json_sha256(protocol_of(run, name)) for name in run.protocol.metrics}
            found.setdefault(dataset, {})[label] = hashes
    return found


def _numbers(run: Run) -> Iterator[tuple[str, int, float]]:
    """Name, step and value; null is how a row writes an infinite value of a metric."""
    at_worst = {name: worst(about.better) for name, about in run.protocol.metrics.items()} if run.done else {}
    end = run.diverged_at if run.diverged else math.inf
    for row in run.origin.rows():
        for key, value in row.items():
            name = key.removeprefix(EVALUATION)
            if key != STEP and (name not in at_worst or row[STEP] < end):
                yield name, row[STEP], at_worst.get(name, math.nan) if value is None else value
    if run.diverged:
        yield from ((name, run.diverged_at, value) for name, value in at_worst.items())


def _status(run: Run) -> str:
    return run.result.status if run.done else "unfinished"


def compare_frames(
    first: pd.DataFrame, second: pd.DataFrame, metric: str, better: Better | None = None, paired: bool = False
) -> Difference:
    """How two rows differ in the last values of their seeds.

    Args:
        first: of `frame_of`, the lines of one row.
        second: those of another one.
        metric: for example ``w1``.
        better: by default as the frames' ``attrs["better"]`` say.
        paired: whether runs of one seed share their data order, as those of one sweep with one batch size do. If both
            rows have the same seeds, the differences of equal seeds are tested then.

    Raises:
        InputError: a frame holds no such metric, several rows or a seed without a value, the rows are on different data
            or were not measured alike, or it is not known what is better.
    """
    better = better_of(metric, first, second, given=better)
    one, other = _of_one_row(first, metric), _of_one_row(second, metric)
    if one.dataset != other.dataset:
        raise InputError(
            f"'{one.row}' is on {one.dataset} and '{other.row}' on {other.dataset}; compare rows on the same data"
        )
    if one.protocol and other.protocol and one.protocol != other.protocol:
        raise InputError(
            f"'{one.row}' and '{other.row}' were not measured alike by '{metric}'; a table of both says how they differ"
        )
    return compare(one.values, other.values, better, paired)


def better_of(metric: str, *frames: pd.DataFrame, given: Better | None = None) -> Better:
    """Which way `metric` is better: as `given`, or as the ``attrs["better"]`` of a frame say.

    Raises:
        InputError: it is not known.
    """
    if given is not None and given not in get_args(Better):
        raise InputError(f"better={given!r} is neither 'lower' nor 'higher'")
    known = [given, *(frame.attrs.get("better", {}).get(metric) for frame in frames)]
    better: Better | None = next((one for one in known if one in get_args(Better)), None)
    if better is None:
        raise InputError(
            f"whether a lower or a higher '{metric}' is better is not known; say better='lower' or better='higher'"
        )
    return better


def last_values(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The last value of each seed that is done: columns row, dataset, seed, value.

    Raises:
        InputError: two runs are of the same seed of a row.
    """
    done = frame[(frame.metric == metric) & (frame.status != "unfinished")]
    last = done.sort_values("step").drop_duplicates(["run", "row", "dataset", "seed"], keep="last")
    twice = last[last.duplicated(["row", "dataset", "seed"])]
    for row, dataset, seed in twice[["row", "dataset", "seed"]].itertuples(index=False):
        raise InputError(f"two runs are seed {seed} of '{row}' on {dataset}; name rows of different sweeps differently")
    return last.sort_index()[["row", "dataset", "seed", "value"]]


@dataclass(frozen=True, kw_only=True)
class _Measured:
    """The last values of one row by seed, and the hash of how they were measured, where it is known."""

    row: str
    dataset: str
    values: Values
    protocol: str | None


def _of_one_row(frame: pd.DataFrame, metric: str) -> _Measured:
    """The only row in `frame`."""
    last = last_values(frame, metric)
    rows = list(last[["row", "dataset"]].drop_duplicates().itertuples(index=False))
    if len(rows) != 1:
        found = " and ".join(f"'{row}' on {dataset}" for row, dataset in rows) or "none"
        raise InputError(f"a comparison takes a frame of one row with '{metric}' each, and one has {found}")
    ((row, dataset),) = rows
    for seed in last.seed[last.value.isna()]:
        raise InputError(f"'{row}' has no value of '{metric}' for seed {seed}; leave that seed out of the frame")
    return _Measured(
        row=row,
        dataset=dataset,
        values=dict(zip(last.seed.tolist(), last.value.tolist(), strict=True)),
        protocol=frame.attrs.get("protocols", {}).get(dataset, {}).get(row, {}).get(metric),
    )
