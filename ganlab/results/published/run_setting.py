"""How the runs of a row were trained and measured, in the words of a published `Setting`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ganlab.record.optimizers import Adam, OptimizerSettings
from ganlab.record.spec import Choice, Course
from ganlab.results.columns import Column
from ganlab.results.table import Row, Table


def setting_of(row: Row, column: Column, table: Table) -> Mapping[str, Any]:
    """Of the runs of `row`, by the keys of `Setting`; without what their data or networks do not have."""
    spec, protocol = row.spec, table.protocols.get(row.dataset)
    data = spec.data.options
    setting = {
        **_networks(spec.builder),
        "latent_dim": spec.latent_dim,
        "labels": spec.conditional,
        "penalties": listed(spec.penalties),
        "steps": spec.steps,
        "updates": spec.updates,
        "critic_steps": spec.critic_steps,
        "generator_steps": spec.generator_steps,
        "batch_size": batches(spec.batch_size, spec.generator_batch_size),
        "optimizer": _optimizers(spec.discriminator_optimizer, spec.generator_optimizer),
        "schedules": _schedules(spec.schedules),
        "averaging": f"decay {spec.ema:g}" if spec.ema else "none",
        "training_samples": data.get("training_samples") or "new ones in each batch",
        "flips": data.get("flips"),
        "samples": protocol.samples if protocol else None,
        "reference": data.get("reference"),
        "checkpoint": "last" if column.name == column.metric else "best",
        "seeds": row.cells[column.name].n,
    }
    return {key: value for key, value in setting.items() if value is not None}


def _networks(builder: Choice) -> dict[str, Any]:
    """Of the networks; None for what their builder has no option of."""
    options = builder.options
    widths, activation = _layers(options.get("widths")), options.get("activation")
    std = options.get("initial_std")
    return {
        "network": builder.name,
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


def listed(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"


def batches(size: int | None, of_generator: int | None) -> str | None:
    if size is None:
        return None
    return f"{size:,}" if of_generator in (None, size) else f"{size:,}, of the generator {of_generator:,}"


def _optimizers(discriminator: OptimizerSettings, generator: OptimizerSettings) -> str:
    both, other = _optimizer(discriminator), _optimizer(generator)
    return both if both == other else f"{both}, of the generator {other}"


def _schedules(schedules: Mapping[str, Course]) -> str:
    """As `Setting` has them."""
    return ", ".join(map(_schedule, schedules, schedules.values())) or "none"


def _schedule(name: str, course: Course) -> str:
    share = f" over {course.over:.0%} of the iterations" if course.over < 1 else ""
    return f"{name} {course.shape} to {course.to:g}{share}"


def _optimizer(settings: OptimizerSettings) -> str:
    betas = f", betas {', '.join(f'{beta:g}' for beta in settings.betas)}" if isinstance(settings, Adam) else ""
    return f"{settings.name} {settings.lr:g}{betas}"
