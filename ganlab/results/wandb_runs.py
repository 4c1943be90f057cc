"""Runs read from W&B, bit-identical to those in their run directories."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import wandb
from wandb.apis.public import Run as WandbRun
from wandb.errors import CommError

from ganlab.errors import InputError
from ganlab.record import SpecFile, Summary
from ganlab.record.rows import evaluations
from ganlab.results.runs import Run
from ganlab.tracking.wandb_login import require_login
from ganlab.tracking.wandb_tracker import POSITION, SPEC, SUMMARY

RUNS_A_QUERY = 200
ROWS_A_QUERY = 1000


@dataclass(frozen=True)
class Mirrored:
    """A run in W&B as the origin of a run."""

    run: WandbRun
    log_every: int

    @property
    def folder(self) -> None:
        """There is none here."""

    def rows(self) -> list[dict[str, Any]]:
        """All rows of the run's history, in some queries; one that was sent twice is listed once."""
        steps_a_query = ROWS_A_QUERY * self.log_every
        history = self.run.scan_history(page_size=steps_a_query, use_cache=False)
        by_step = {row["global_step"]: row for row in map(_row, history) if row}
        return [by_step[step] for step in sorted(by_step)]

    def evaluations(self) -> list[dict[str, Any]]:
        """Those of its rows that hold an evaluation."""
        return evaluations(self.rows())

    def file(self, name: str) -> None:
        """There is none."""


def wandb_runs(place: str, filters: Sequence[str] = ()) -> list[Run]:
    """The runs in the project `place` that pass all `filters`, in the order of their sweeps.

    Args:
        place: ``ENTITY/PROJECT``.
        filters: ``KEY=VALUE``, with the key ``state`` or a key of the config such as ``sweep``, ``dataset`` or
            ``generator_optimizer.lr``.

    Raises:
        InputError: there is no such project, no login, no run that passes, or a run that lacks its spec.
    """
    if place.count("/") != 1 or not all(place.split("/")):
        raise InputError(f"'wandb:{place}' names no project; write wandb:ENTITY/PROJECT")
    conditions = [_condition(one) for one in filters]
    require_login()
    found = list(_found(place, {"$and": conditions} if conditions else {}))
    if not found:
        which = "".join(f" --filter {one}" for one in filters)
        raise InputError(f"no run in {place} passes{which}" if filters else f"there is no run in {place}")
    sweeps = list(dict.fromkeys(run.config.get("sweep") for run in found))
    found.sort(key=lambda run: (sweeps.index(run.config.get("sweep")), _position(run)))
    return [_read(run) for run in found]


def _found(place: str, conditions: Mapping[str, Any]) -> Iterator[WandbRun]:
    """The runs, with config and summary, from the oldest to the youngest."""
    try:
        yield from wandb.Api().runs(place, dict(conditions), per_page=RUNS_A_QUERY, lazy=False)
    except (CommError, ValueError) as fault:  # a project that is not there is a ValueError
        why = " ".join(str(fault).split())
        raise InputError(f"cannot read {place} in W&B: {why}; name a project as wandb:ENTITY/PROJECT") from None


def _condition(text: str) -> dict[str, Any]:
    """``KEY=VALUE`` in the language of W&B's filters. A value that is JSON may be meant as a text, too."""
    key, sign, value = text.partition("=")
    if not (key and sign and value):
        raise InputError(f"--filter {text} is not KEY=VALUE; write for example sweep=gaussian_1d or seed=3")
    name, *inner = key.split(".")
    path = "state" if key == "state" else ".".join(["config", name, "value", *inner])
    try:
        return {path: {"$in": [value, json.loads(value)]}}
    except ValueError:
        return {path: value}


def _position(run: WandbRun) -> tuple[float, str, str]:
    """Sorts the runs of a sweep as it lists them; those that it does not list come last, by name."""
    position = run.config.get(POSITION)
    listed = math.inf if position is None else position
    return listed, str(run.config.get("dataset")), str(run.config.get("label"))


def _read(run: WandbRun) -> Run:
    spec, summary = run.config.get(SPEC), run.summary_metrics.get(SUMMARY)
    if spec is None or (summary is None and run.summary_metrics.get("status") in ("finished", "diverged")):
        raise InputError(
            f"the W&B run {run.id} lacks its whole spec or summary; remove wandb.json from its run directory and "
            "launch its sweep again, or leave it out with --filter"
        )
    spec_file = SpecFile.read(json.loads(spec), f"the W&B run {run.id}")
    return Run(
        spec_file=spec_file,
        summary=None if summary is None else Summary.read(json.loads(summary), f"the summary of the W&B run {run.id}"),
        origin=Mirrored(run, spec_file.spec.log_every),
    )


def _row(logged: Mapping[str, Any]) -> dict[str, Any] | None:
    """A row as metrics.jsonl has it, or None where pictures were logged without one."""
    pictures = [name for name, value in logged.items() if isinstance(value, Mapping)]
    row = {
        name: None if _is_nan(value) else value
        for name, value in logged.items()
        if not name.startswith("_") and name not in pictures
    }
    return None if pictures and list(row) == ["global_step"] else row


def _is_nan(value: Any) -> bool:
    return value == "NaN" or (isinstance(value, float) and math.isnan(value))
