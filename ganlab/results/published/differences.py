"""What is not the same in a published result and in a cell of ours: computed where both are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ganlab.results.columns import Column
from ganlab.results.published.figures import Figure
from ganlab.results.table import Row, Table
from ganlab.text import course_in_words

NAMES = {
    "network": "network",
    "discriminator_norm": "discriminator's norm",
    "labels": "class labels",
    "penalties": "penalties",
    "steps": "iterations",
    "critic_steps": "critic steps",
    "batch_size": "batch",
    "optimizer": "optimiser",
    "lr_decay": "decay of rates",
    "flips": "flips",
    "samples": "samples",
    "reference": "reference split",
    "checkpoint": "checkpoint",
    "seeds": "seeds",
}
"""What is compared, in the order in which it is told, and how it is called."""

ESSENTIAL = ("network", "steps", "samples", "reference", "checkpoint", "seeds")
"""What is told too where it is not known of the published number."""


def differences(figure: Figure, row: Row, column: Column, table: Table) -> tuple[str, ...]:
    """What differs, each with what it is in the runs of `row` in brackets; what is in words; what is not known."""
    theirs = figure.setting.model_dump() | {"penalties": _listed(figure.penalties)}
    ours = _setting(row, column, table)
    differing = [
        f"{NAMES[key]}: {_text(theirs[key])} (here {_text(ours[key])})"
        for key in NAMES
        if key in ours and theirs[key] is not None and theirs[key] != ours[key]
    ]
    unknown = ", ".join(NAMES[key] for key in ESSENTIAL if key in ours and theirs[key] is None)
    return (*differing, *figure.remarks, *([f"not known: {unknown}"] if unknown else []))


def _setting(row: Row, column: Column, table: Table) -> Mapping[str, Any]:
    """What `NAMES` names, of the runs of `row`; without what their data or networks do not have."""
    spec, protocol = row.spec, table.protocols.get(row.dataset)
    builder, data = spec["builder"], spec["data"]["options"]
    setting = {
        "network": builder["name"],
        "discriminator_norm": builder["options"].get("discriminator_norm"),
        "labels": spec.get("conditional", False),
        "penalties": _listed(spec["penalties"]),
        "steps": spec["steps"],
        "critic_steps": spec["critic_steps"],
        "batch_size": spec["batch_size"],
        "optimizer": _optimizer(spec["generator_optimizer"]),
        "lr_decay": _decay(spec.get("schedules", {})),
        "flips": data.get("flips"),
        "samples": protocol.samples if protocol else None,
        "reference": data.get("reference"),
        "checkpoint": "last" if column.name == column.metric else "best",
        "seeds": row.cells[column.name].n,
    }
    return {key: value for key, value in setting.items() if value is not None}


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"


def _optimizer(options: Mapping[str, Any]) -> str:
    betas = f", betas {', '.join(f'{beta:g}' for beta in options['betas'])}" if "betas" in options else ""
    return f"{options['name']} {options['lr']:g}{betas}"


def _decay(schedules: Mapping[str, Any]) -> str:
    """``none``, ``linear`` for a straight line to zero, or the schedule in words."""
    if "lr" not in schedules:
        return "none"
    course = schedules["lr"]
    return "linear" if course == {"to": 0, "shape": "linear", "over": 1} else course_in_words(**course)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
