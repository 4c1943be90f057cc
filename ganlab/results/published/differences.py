"""What is not the same in a published result and in a cell of ours: computed where both are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ganlab.results.columns import Column
from ganlab.results.published.figures import Figure
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
    "lr_decay": "decay of rates",
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
        "penalties": _listed(figure.penalties),
        "batch_size": _batches(figure.setting.batch_size, figure.setting.generator_batch_size),
    }
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
    data = spec["data"]["options"]
    setting = {
        **_networks(spec["builder"]),
        "latent_dim": spec["latent_dim"],
        "labels": spec.get("conditional", False),
        "penalties": _listed(spec["penalties"]),
        "steps": spec["steps"],
        "updates": spec.get("updates", "alternating"),
        "critic_steps": spec["critic_steps"],
        "generator_steps": spec.get("generator_steps", 1),
        "batch_size": _batches(spec["batch_size"], spec.get("generator_batch_size")),
        "optimizer": _optimizers(spec["discriminator_optimizer"], spec["generator_optimizer"]),
        "lr_decay": spec.get("lr_decay", "none"),
        "averaging": f"decay {spec['ema']:g}" if spec["ema"] else "none",
        "training_samples": data.get("training_samples") or "new ones in each batch",
        "flips": data.get("flips"),
        "samples": protocol.samples if protocol else None,
        "reference": data.get("reference"),
        "checkpoint": "last" if column.name == column.metric else "best",
        "seeds": row.cells[column.name].n,
    }
    return {key: value for key, value in setting.items() if value is not None}


def _networks(builder: Mapping[str, Any]) -> dict[str, Any]:
    """What `NAMES` names of the networks; None for what their builder has no option of."""
    options = builder["options"]
    widths, activation = _layers(options.get("widths")), options.get("activation")
    std = options.get("initial_std")
    return {
        "network": builder["name"],
        "widths": widths,
        "discriminator_widths": _layers(options.get("discriminator_widths")) or widths,
        "activation": activation,
        "discriminator_activation": options.get("discriminator_activation") or activation,
        "generator_norm": options.get("generator_norm"),
        "discriminator_norm": options.get("discriminator_norm"),
        "initial_weights": f"N(0, {std:g}^2)" if std else "the builder's own",
    }


def _layers(widths: Sequence[int] | None) -> str | None:
    """As `Setting` has them: ``4 x 400``, or ``64, 32`` where they differ."""
    if not widths:
        return None
    return f"{len(widths)} x {widths[0]}" if len(set(widths)) == 1 else ", ".join(map(str, widths))


def _listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"


def _batches(size: int | None, of_generator: int | None) -> str | None:
    if size is None:
        return None
    return f"{size:,}" if of_generator in (None, size) else f"{size:,}, of the generator {of_generator:,}"


def _optimizers(discriminator: Mapping[str, Any], generator: Mapping[str, Any]) -> str:
    both, other = _optimizer(discriminator), _optimizer(generator)
    return both if both == other else f"{both}, of the generator {other}"


def _optimizer(options: Mapping[str, Any]) -> str:
    betas = f", betas {', '.join(f'{beta:g}' for beta in options['betas'])}" if "betas" in options else ""
    return f"{options['name']} {options['lr']:g}{betas}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
