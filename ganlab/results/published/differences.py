"""What is not the same in a published result and in a cell of ours: computed where both are known."""

from __future__ import annotations

from typing import Any

from ganlab.results.columns import Column
from ganlab.results.published.figures import Figure
from ganlab.results.published.run_setting import batches, listed, setting_of
from ganlab.results.table import Row, Table

NAMES = {
    "network": "network",
    "widths": "generator's hidden layers",
    "discriminator_widths": "discriminator's hidden layers",
    "activation": "generator's activation",
    "discriminator_activation": "discriminator's activation",
    "generator_norm": "generator's norm",
    "discriminator_norm": "discriminator's norm",
    "initial_weights": "initial weights",
    "latent_dim": "latent dimensions",
    "labels": "class labels",
    "penalties": "penalties",
    "steps": "iterations",
    "updates": "updates of the two networks",
    "critic_steps": "critic steps",
    "generator_steps": "generator steps",
    "batch_size": "batch",
    "optimizer": "optimiser",
    "schedules": "schedules",
    "averaging": "averaging of the generator's weights",
    "training_samples": "training samples",
    "flips": "flips",
    "samples": "samples",
    "reference": "reference split",
    "checkpoint": "checkpoint",
    "seeds": "seeds",
}
"""What is compared, in the order in which it is told, and how it is called."""

ESSENTIAL = ("network", "steps", "averaging", "samples", "reference", "checkpoint", "seeds")
"""What is told too where it is not known of the published number."""


def differences(figure: Figure, row: Row, column: Column, table: Table) -> tuple[str, ...]:
    """What differs, each with what it is in the runs of `row` in brackets; what is in words; what is not known."""
    theirs = figure.setting.model_dump() | {
        "penalties": listed(figure.result.penalties),
        "batch_size": batches(figure.setting.batch_size, figure.setting.generator_batch_size),
    }
    ours = setting_of(row, column, table)
    differing = [
        f"{NAMES[key]}: {_text(theirs[key])} (here {_text(ours[key])})"
        for key in NAMES
        if key in ours and theirs[key] is not None and theirs[key] != ours[key]
    ]
    unknown = ", ".join(NAMES[key] for key in ESSENTIAL if key in ours and theirs[key] is None)
    return (*differing, *figure.remarks, *([f"not known: {unknown}"] if unknown else []))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
