"""The papers behind a run, and where its settings are from, for its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ganlab.data import DATA
from ganlab.evaluation import EVALUATORS, Evaluation
from ganlab.networks import BUILDERS
from ganlab.record.spec import RunSpec
from ganlab.record.summary import Part, SettingsSource
from ganlab.registry import Registry
from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS


def settings_of(spec: RunSpec) -> SettingsSource:
    """Where the settings of the run's variant are from, and which of them the run has `changed`, in words."""
    variant = VARIANTS[spec.variant]
    defaults = variant.defaults
    pairs = {
        "discriminator optimiser": (spec.discriminator_optimizer, defaults.optimizer),
        "generator optimiser": (spec.generator_optimizer, defaults.optimizer),
        "discriminator updates": (
            (spec.critic_steps, spec.critic_warmup),
            (defaults.critic_steps, defaults.critic_warmup),
        ),
        "generator updates": ((spec.generator_steps, spec.updates), (1, "alternating")),
        "penalties": (spec.penalties, variant.penalties),
        "constraints": (spec.constraints, variant.constraints),
        "schedules": (spec.schedules, {}),
    }
    changed = tuple(name for name, (own, usual) in pairs.items() if own != usual)
    return SettingsSource(source=defaults.source, changed=changed)


def papers_of(spec: RunSpec, evaluation: Evaluation) -> tuple[Part, ...]:
    """The parts of the run that have a paper."""
    evaluators = [one.name for one in EVALUATORS if any(metric.name in evaluation.metrics for metric in one.metrics)]
    parts: list[tuple[Registry[Any], Iterable[str]]] = [
        (VARIANTS, [spec.variant]),
        (PENALTIES, spec.penalties),
        (CONSTRAINTS, spec.constraints),
        (BUILDERS, [spec.builder.name]),
        (DATA, [spec.data.name]),
        (EVALUATORS, evaluators),
    ]
    return tuple(
        Part(kind=registry.kind, name=name, paper=registry[name].paper)
        for registry, names in parts
        for name in names
        if registry[name].paper
    )
