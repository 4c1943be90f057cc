"""The papers behind a run, for its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ganlab.data import DATA
from ganlab.evaluation import EVALUATORS, Evaluation
from ganlab.networks import BUILDERS
from ganlab.registry import Registry
from ganlab.training.spec import RunSpec
from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS


def papers_of(spec: RunSpec, evaluation: Evaluation) -> list[dict[str, str]]:
    """The parts of the run that have a paper: ``kind`` of part, ``name``, and the ``paper``'s arXiv id or DOI."""
    evaluators = [one.name for one in EVALUATORS if any(metric.name in evaluation.metrics for metric in one.metrics)]
    parts: list[tuple[Registry[Any], Iterable[str]]] = [
        (VARIANTS, [spec.variant]),
        (PENALTIES, spec.penalties),
        (CONSTRAINTS, spec.constraints),
        (BUILDERS, [spec.builder.name]),
        (DATA, [spec.data.name]),
        (EVALUATORS, evaluators),
    ]
    return [
        {"kind": registry.kind, "name": name, "paper": registry[name].paper}
        for registry, names in parts
        for name in names
        if registry[name].paper
    ]
