"""The papers behind a run, and where its settings are from, for its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ganlab.data import DATA
from ganlab.evaluation import EVALUATORS, Evaluation
from ganlab.games import GAMES, find
from ganlab.networks import BUILDERS
from ganlab.record.optimizers import OPTIMIZERS
from ganlab.record.spec import RunSpec
from ganlab.registry import Registry
from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS


def settings_of(spec: RunSpec) -> dict[str, Any]:
    """Where the settings of the run's variant are from, and which of them the run has `changed`, in words."""
    variant = find(spec.variant)
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
    return {"source": defaults.source, "changed": [name for name, (own, usual) in pairs.items() if own != usual]}


def parts_of(spec: RunSpec) -> list[tuple[Registry[Any], Iterable[str]]]:
    """The names of registered things in `spec`, by their registry."""
    optimizers = dict.fromkeys([spec.discriminator_optimizer.name, spec.generator_optimizer.name])
    return [
        (GAMES if spec.variant in GAMES else VARIANTS, [spec.variant]),
        (PENALTIES, spec.penalties),
        (CONSTRAINTS, spec.constraints),
        (OPTIMIZERS, optimizers),
        (BUILDERS, [spec.builder.name]),
        (DATA, [spec.data.name]),
    ]


def papers_of(spec: RunSpec, evaluation: Evaluation) -> list[dict[str, str]]:
    """The parts of the run that have a paper: ``kind`` of part, ``name``, and the ``paper``'s arXiv id or DOI."""
    evaluators = [one.name for one in EVALUATORS if any(metric.name in evaluation.metrics for metric in one.metrics)]
    parts: list[tuple[Registry[Any], Iterable[str]]] = [*parts_of(spec), (EVALUATORS, evaluators)]
    return [
        {"kind": registry.kind, "name": name, "paper": registry[name].paper}
        for registry, names in parts
        for name in names
        if registry[name].paper
    ]
