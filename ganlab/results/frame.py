"""All numbers of some runs as one tidy table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import get_args

import pandas as pd

from ganlab.errors import InputError
from ganlab.record.rows import EVALUATION
from ganlab.record.summary import Better, worst
from ganlab.results.comparison import Difference, Values, compare
from ganlab.results.runs import Run, by_row

COLUMNS = ("run", "row", "dataset", "seed", "metric", "step", "value", "status")
STEP = "global_step"


def frame_of(runs: Sequence[Run]) -> pd.DataFrame:
    """One line for each number of each logged step: `COLUMNS`, in the order of the table.

    Metrics have their names in tables, such as ``w1``; readings of the training have theirs in the record, such as
    ``train/generator_loss``. `status` is that of the run: finished, diverged, or unfinished. A run that diverged ends
    with the worst value of every metric, at the last step that it completed; one that has logged nothing yet has no
    line. ``attrs["better"]`` says of each metric whether lower or higher is better.

    Raises:
        InputError: the runs of a row differ in more than their seed.
    """
    better = {name: about.better for run in runs if run.done for name, about in run.protocol.metrics.items()}
    lines = [
        (run.id, label, dataset, run.seed, *number, _status(run))
        for (dataset, label), row in by_row(runs).items()
        for run in row
        for number in _numbers(run)
    ]
    frame = pd.DataFrame(lines, columns=list(COLUMNS)).astype({"seed": "int64", "step": "int64", "value": "float64"})
    frame.attrs["better"] = better
    return frame


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
        InputError: a frame holds no such metric or several rows, or it is not known what is better.
    """
    better = better_of(metric, first, second, given=better)
    return compare(_of_one_row(first, metric), _of_one_row(second, metric), better, paired)


def better_of(metric: str, *frames: pd.DataFrame, given: Better | None = None) -> Better:
    """Which way `metric` is better: as `given`, or as the ``attrs["better"]`` of a frame say.

    Raises:
        InputError: it is not known.
    """
    known = [given, *(frame.attrs.get("better", {}).get(metric) for frame in frames)]
    better: Better | None = next((one for one in known if one in get_args(Better)), None)
    if better is None:
        raise InputError(
            f"whether a lower or a higher '{metric}' is better is not known; say better='lower' or better='higher'"
        )
    return better


def last_values(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """The last value of each seed that is done: columns row, dataset, seed, value."""
    done = frame[(frame.metric == metric) & (frame.status != "unfinished")]
    last = done.sort_values("step").drop_duplicates(["row", "dataset", "seed"], keep="last")
    return last.sort_index()[["row", "dataset", "seed", "value"]]


def _of_one_row(frame: pd.DataFrame, metric: str) -> Values:
    """The last values of the only row in `frame`, by seed."""
    last = last_values(frame, metric)
    rows = last[["row", "dataset"]].drop_duplicates().itertuples(index=False)
    found = " and ".join(f"'{one.row}' on {one.dataset}" for one in rows) or "none"
    if last.empty or " and " in found:
        raise InputError(f"a comparison takes a frame of one row with '{metric}' each, and one has {found}")
    return dict(zip(last.seed.tolist(), last.value.tolist(), strict=True))
