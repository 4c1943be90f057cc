"""All registries."""

from __future__ import annotations

import pkgutil
from typing import Any

from ganlab.registry import Registry

REGISTRIES = (
    "ganlab.variants:VARIANTS",
    "ganlab.games:GAMES",
    "ganlab.variants:PENALTIES",
    "ganlab.variants:CONSTRAINTS",
    "ganlab.games:AUGMENTATIONS",
    "ganlab.record.optimizers:OPTIMIZERS",
    "ganlab.networks:BUILDERS",
    "ganlab.data:DATA",
    "ganlab.evaluation:EVALUATORS",
    "ganlab.tracking.pictures:PICTURES",
    "ganlab.evaluation.images:EXTRACTORS",
    "ganlab.engines:ENGINES",
)
"""Where each one is, in the order in which they are listed; by name, because they lie in packages above this one."""


def registries() -> tuple[Registry[Any], ...]:
    """Every registry, with all that ganlab itself registers."""
    return tuple(pkgutil.resolve_name(place) for place in REGISTRIES)
