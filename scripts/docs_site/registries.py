"""One page a registry: everything that has a name, with its options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from docs_site.markdown import page, paper_link, source, table
from docs_site.options import options_table
from ganlab.evaluation import EVALUATORS
from ganlab.games import GAMES
from ganlab.plugins import registries
from ganlab.registry import Registry
from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS

WITH_PAGES_OF_THEIR_OWN = (VARIANTS, GAMES)


def registry_pages() -> dict[str, str]:
    """Markdown by file name."""
    return {
        f"{registry.plural.replace(' ', '_')}.md": _registry(registry)
        for registry in registries()
        if registry not in WITH_PAGES_OF_THEIR_OWN
    }


def _registry(registry: Registry[Any]) -> str:
    rows = [[f"`{one.name}`", one.summary, paper_link(one.paper)] for one in registry]
    details = _metrics() if registry is EVALUATORS else "\n".join(_details(registry))
    return page(registry.plural.capitalize(), table(["name", "what it is", "paper"], rows), details)


def _details(registry: Registry[Any]) -> Iterable[str]:
    """What each entry has besides: its options, or the code of a penalty."""
    for entry in registry:
        if registry in (PENALTIES, CONSTRAINTS):
            yield f"## {entry.name}\n\n{source(entry.function)}"
        elif options := options_table(_options_of(entry)):
            yield f"## {entry.name}\n\n{options}"


def _options_of(entry: Any) -> type[BaseModel]:
    """The model of what a user may set of an entry; one without fields where there is nothing to set."""
    found = (getattr(entry, name, None) for name in ("options", "settings", "Options"))
    return next((model for model in found if model is not None), BaseModel)


def _metrics() -> str:
    rows = [
        [f"`{metric.name}`", metric.better, f"`{evaluator.name}`", metric.estimator]
        for evaluator in EVALUATORS
        for metric in evaluator.metrics
    ]
    return "## Metrics\n\n" + table(["metric", "better", "evaluator", "how it is estimated"], rows)
