"""The papers behind a run, and where its settings are from, for its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ganlab.data import DATA
from ganlab.evaluation import EVALUATORS, Evaluation
from ganlab.games import AUGMENTATIONS, GAMES, find, game_options
from ganlab.networks import BUILDERS
from ganlab.record.optimizers import OPTIMIZERS
from ganlab.record.spec import RunSpec
from ganlab.record.summary import Part, SettingsSource
from ganlab.registry import Registry
from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS

SETTINGS = {
    "lookahead": "arXiv:2006.14567",
    "packing": "arXiv:1712.04086",
    "lecam": "arXiv:2104.03310",
    "label_smoothing": "arXiv:1606.03498",
}
"""The papers of settings that a run may have or not."""


def settings_of(spec: RunSpec) -> SettingsSource:
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
        "options": (spec.game, game_options(spec.variant, {}, spec.variant)),
        "prior": (spec.prior, RunSpec.model_fields["prior"].default),
        "schedules": (spec.schedules, {}),
        "gradient clipping": (spec.clip_grad_norm, None),
        "lookahead": (spec.lookahead, None),
        "packing": (spec.packing, 1),
        "augmentation": (spec.augment, None),
        "LeCam regulariser": (spec.lecam, 0.0),
        "label smoothing": (spec.label_smoothing, 0.0),
    }
    changed = tuple(name for name, (own, usual) in pairs.items() if own != usual)
    return SettingsSource(source=defaults.source, changed=changed)


def parts_of(spec: RunSpec) -> list[tuple[Registry[Any], Iterable[str]]]:
    """The names of registered things in `spec`, by their registry."""
    optimizers = dict.fromkeys([spec.discriminator_optimizer.name, spec.generator_optimizer.name])
    return [
        (GAMES if spec.variant in GAMES else VARIANTS, [spec.variant]),
        (PENALTIES, spec.penalties),
        (CONSTRAINTS, spec.constraints),
        (OPTIMIZERS, optimizers),
        (AUGMENTATIONS, [spec.augment.name] if spec.augment else []),
        (BUILDERS, [spec.builder.name]),
        (DATA, [spec.data.name]),
    ]


def papers_of(spec: RunSpec, evaluation: Evaluation) -> tuple[Part, ...]:
    """The parts of the run that have a paper."""
    evaluators = [one.name for one in EVALUATORS if any(metric.name in evaluation.metrics for metric in one.metrics)]
    parts: list[tuple[Registry[Any], Iterable[str]]] = [*parts_of(spec), (EVALUATORS, evaluators)]
    of_settings = [
        Part(kind="setting", name=name, paper=paper)
        for name, paper in SETTINGS.items()
        if getattr(spec, name) != RunSpec.model_fields[name].default
    ]
    of_registries = [
        Part(kind=registry.kind, name=name, paper=registry[name].paper)
        for registry, names in parts
        for name in names
        if registry[name].paper
    ]
    return (*of_settings, *of_registries)
