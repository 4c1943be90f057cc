"""Run directories with rows, written as training writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from records import outcome, spec_file

from ganlab.record import RunDirectory

METRICS = {
    "w1": {"better": "lower", "estimator": "area between the distribution functions"},
    "js": {"better": "lower", "estimator": "histogram, 100 bins"},
    "ks": {"better": "lower", "estimator": "largest distance of the distribution functions"},
    "reach": {"better": "higher", "estimator": "share of modes hit"},
}
EVERY, STEPS = 100, 500


def record(
    folder: Path,
    label: str,
    seed: int,
    values: Mapping[str, list[float | None]],
    *,
    dataset: str = "gaussian",
    diverged_at: int | None = None,
    done: bool = True,
    floors: Mapping[str, float] | None = None,
    steps: int = STEPS,
    run_id: str = "",
) -> None:
    """A run whose metrics had these `values` at steps 100, 200, ..., with rows of losses between."""
    spec = spec_file(
        **{"id": run_id or f"{dataset}-{label}-s{seed}", "sweep": folder.name, "label": label, "dataset": dataset},
        **{"seed": seed, "steps": steps, "evaluation": {"every": EVERY, "samples": 10_000}},
    )
    count = max(map(len, values.values()))
    with RunDirectory(folder / spec.id).open(spec) as run:
        for i in range(count):
            run.log({"global_step": EVERY * i + 50, "loss/generator": 0.5})
            run.log({"global_step": EVERY * (i + 1)} | {f"eval/{name}": column[i] for name, column in values.items()})
        if done:
            run.finish(outcome(spec, **_changes(values, diverged_at, floors or {})))


def _changes(
    values: Mapping[str, list[float | None]], diverged_at: int | None, floors: Mapping[str, float]
) -> dict[str, Any]:
    diverged = diverged_at is not None
    final = {} if diverged else {name: column[-1] for name, column in values.items()}
    return {
        "status": "diverged" if diverged else "finished",
        "global_step": diverged_at or STEPS,
        "diverged_at": diverged_at,
        "final": final,
        "best": {name: {"value": value, "global_step": STEPS} for name, value in final.items() if value is not None},
        "floors": floors,
        "protocol": {"metrics": {name: METRICS[name] for name in values}, "primary": next(iter(values))},
    }
