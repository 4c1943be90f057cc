"""Records of searches, written without training anything."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

from ganlab.record.search import RowSearch, Trial, TriedRun, order_of


def row_search(
    values: Sequence[Sequence[float | None]],
    *,
    not_done: Collection[int] = (),
    halted: Collection[int] = (),
    **changes: Any,
) -> RowSearch:
    """A search whose trials had these `values` on the tune seeds 0, 1, ...; None: that run diverged.

    The trials `not_done` have no result, and those that were `halted` had a part of the budget. The best is chosen.
    """
    sign = -1.0 if changes.get("better") == "higher" else 1.0
    finished = [number for number in range(len(values)) if number not in {*not_done, *halted}]
    trials = tuple(
        Trial(
            number=number,
            settings={"optimizer.lr": 10.0 ** -(number + 1)},
            iterations=10,
            samples_seen=640,
            halted=number in halted,
            runs=tuple(_tried(number, seed, value, number in not_done) for seed, value in enumerate(own)),
        )
        for number, own in enumerate(values)
    )
    usual: dict[str, Any] = {
        "signature": "0" * 8,
        "dataset": "gaussian",
        "label": "vanilla",
        "reported": (),
        "metric": "w1",
        "better": "lower",
        "method": "random",
        "budget": 640,
        "asked": len(values),
        "halving": None,
        "tune_seeds": tuple(range(len(values[0]))),
        "spent": 640 * len(values) * len(values[0]),
        "chosen": min(
            finished,
            key=lambda number: order_of([math.inf if one is None else sign * one for one in values[number]]),
        ),
    }
    return RowSearch(**{**usual, **changes}, trials=trials)


def _tried(number: int, seed: int, value: float | None, waits: bool) -> TriedRun:
    status = "not done" if waits else "diverged" if value is None else "finished"
    return TriedRun(id=f"t{number}-s{seed}", seed=seed, status=status, value=None if waits else value)
